"""Printing the security log."""

from datetime import date, timedelta

import typer

from california_gold.audit.auditor import Auditor
from california_gold.audit.output import entries_text
from california_gold.audit.work import run_audit
from california_gold.cli.output_format import OutputFormat
from california_gold.command_infrastructure import command_settings
from california_gold.exit_codes import ExitCode, end
from chassis.security_log.reading import SecurityEntries, read_entries

_MAX_NAMED = 20
_LONGEST = timedelta(days=3650)


def print_accesses(since: date | None, until: date | None, output: OutputFormat) -> None:
    """Print the entries of some days, of every user."""

    async def work(auditor: Auditor) -> SecurityEntries:
        last = until or auditor.infrastructure.clock.now().date()
        return await _read(auditor, since or last, last)

    _print(run_audit(work), None, output)


def print_accesses_of(user_id: int, output: OutputFormat) -> None:
    """Print the entries of one user, as far back as they can be read."""
    retention = timedelta(days=command_settings().security_log_days)

    async def work(auditor: Auditor) -> SecurityEntries:
        today = auditor.infrastructure.clock.now().date()
        return await _read(auditor, today - retention, today)

    _print(run_audit(work), user_id, output)


async def _read(auditor: Auditor, first: date, last: date) -> SecurityEntries:
    if not timedelta(0) <= last - first <= _LONGEST:
        raise typer.BadParameter("--since must not be after --until, nor ten years before it")
    await auditor.record_access("access", f"security-{first} to {last}")
    return await read_entries(auditor.infrastructure, first, last)


def _print(found: SecurityEntries, user_id: int | None, output: OutputFormat) -> None:
    """Print the entries, and on stderr which days can't be read."""
    entries = [entry for entry in found.entries if user_id is None or entry.user_id == user_id]
    typer.echo(entries_text(entries, output))
    if found.expired:
        days = ", ".join(day.isoformat() for day in found.expired)
        typer.echo(f"not readable any more, after their retention: {days}", err=True)
    if found.changed:
        end(ExitCode.NOT_PROVED, f"changed since they were written: {', '.join(found.changed[:_MAX_NAMED])}")
