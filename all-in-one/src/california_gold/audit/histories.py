"""Printing the event history of an aggregate, and its state at a point in time."""

from collections.abc import Awaitable, Callable, Sequence

import typer

from california_gold.audit.auditor import AUDITED_TYPES, Auditor
from california_gold.audit.output import difference_text, history_text, state_text
from california_gold.audit.work import exit_with_faults, run_audit
from california_gold.cli.output_format import OutputFormat
from california_gold.exit_codes import exit_on_error
from chassis.audit.audited_type import AuditedType
from chassis.audit.fault import Fault
from chassis.audit.history import history
from chassis.audit.point_in_time import PointInTime, point_in_time, time_of, up_to
from chassis.ports.event_store import StoredEvent
from chassis.projections.differences import differences

_NOW = "now"
Render = Callable[[Auditor, Sequence[StoredEvent]], Awaitable[str]]


def print_history(type_name: str, reference: str, output: OutputFormat) -> None:
    """Print the event history of an aggregate."""
    audited_type = AUDITED_TYPES[type_name]

    async def render(auditor: Auditor, events: Sequence[StoredEvent]) -> str:
        return history_text(history(audited_type, events, await auditor.owner_events(audited_type, events)), output)

    _print(audited_type, reference, "story", render)


def print_state(type_name: str, reference: str, output: OutputFormat, as_of: str, compare_to: str | None) -> None:
    """Print the state of an aggregate at a point in time, or its differences from another one."""
    audited_type = AUDITED_TYPES[type_name]
    with exit_on_error():
        first, second = (None if text in {None, _NOW} else point_in_time(str(text)) for text in (as_of, compare_to))

    async def render(_: Auditor, events: Sequence[StoredEvent]) -> str:
        before = _until(events, first)
        if compare_to is None:
            return _state(audited_type, before, output)
        return _differences(audited_type, before, _until(events, second), output)

    _print(audited_type, reference, "as-of", render)


def _print(audited_type: AuditedType, reference: str, action: str, render: Render) -> None:
    async def work(auditor: Auditor) -> tuple[str, Sequence[Fault]]:
        events, faults = await auditor.stream(audited_type, reference, action)
        try:
            return await render(auditor, events), faults
        except (KeyError, TypeError, ValueError):
            # A changed event may be unreadable; an unchanged one must not be.
            if not faults:
                raise
            return "", faults

    text, faults = run_audit(work)
    typer.echo(text)
    if faults:
        exit_with_faults(faults)


def _until(events: Sequence[StoredEvent], point: PointInTime | None) -> Sequence[StoredEvent]:
    return events if point is None else up_to(events, point)


def _state(audited_type: AuditedType, events: Sequence[StoredEvent], output: OutputFormat) -> str:
    last = events[-1]
    title = {"stream": last.stream, "revision": last.revision, "time": time_of(last).isoformat()}
    return state_text(audited_type.state(events), title, output)


def _differences(
    audited_type: AuditedType, before: Sequence[StoredEvent], after: Sequence[StoredEvent], output: OutputFormat
) -> str:
    title = {
        "stream": before[-1].stream,
        "revision": before[-1].revision,
        "time": time_of(before[-1]).isoformat(),
        "to_revision": after[-1].revision,
        "to_time": time_of(after[-1]).isoformat(),
    }
    return difference_text(differences(audited_type.state(before), audited_type.state(after)), title, output)
