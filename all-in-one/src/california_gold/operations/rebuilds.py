"""Rebuilding read models while the system serves, and managing their versions."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from california_gold.command_infrastructure import run_on_infrastructure
from california_gold.exit_codes import ExitCode, end, interruptible
from california_gold.operations.progress import Progress
from california_gold.read_models import READ_MODELS
from chassis.coordination.lease import LeaseLost
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.event_source import EventSource
from chassis.projections.live_documents import versions_of
from chassis.projections.rebuilding import AlreadyRunning, Rebuild, RebuildResult
from chassis.projections.transitions import RebuildRefused
from chassis.projections.versions import ReadModelState

T = TypeVar("T")
_MAX_PRINTED = 20


def rebuild(name: str, source: EventSource, *, accept_differences: bool, switch: bool, restart: bool) -> None:
    """Rebuild a read model and print how the new version compares with the live one."""

    async def work(rebuilding: Rebuild, infrastructure: Infrastructure) -> RebuildResult:
        state, _ = await versions_of(infrastructure.documents).stored_state(name)
        if restart and state.building is not None:
            await rebuilding.abandon()
        return await rebuilding.run(source=source, accept_differences=accept_differences, promote=switch)

    result = _with_rebuild(name, work)
    _print_comparison(result)
    if result.promoted:
        typer.echo(f"{name} is read from it now; the previous version is kept: `read-models rollback` or `drop`")
    elif result.comparison.differing:
        end(
            ExitCode.NOT_PROVED,
            f"{result.comparison.differing:,} documents differ, and nothing was switched: run it again with"
            " --accept-differences, or `read-models abandon`",
        )
    else:
        typer.echo("nothing was switched: run it again without --no-switch, or `read-models abandon`")


def print_versions() -> None:
    """Print the read models and their versions."""

    async def read(infrastructure: Infrastructure) -> list[tuple[str, ReadModelState]]:
        versions = versions_of(infrastructure.documents)
        return [(name, (await versions.stored_state(name))[0]) for name in READ_MODELS]

    for name, state in run_on_infrastructure(read):
        others = {"building": state.building, "kept": state.previous}
        text = "".join(f", {number} {status}" for status, number in others.items() if number is not None)
        failed = "".join(f", {number} failed" for number in sorted(state.failed))
        typer.echo(f"{name:<12} version {state.live} live{text}{failed}")


def roll_back(name: str) -> None:
    """Make the previous version live again."""
    state = _with_rebuild(name, lambda rebuilding, _: rebuilding.roll_back())
    typer.echo(f"{name} is read from version {state.live} again; {state.previous} is kept")


def drop(name: str) -> None:
    """Delete the previous version."""
    typer.echo(f"{name}: deleted {_with_rebuild(name, lambda rebuilding, _: rebuilding.drop())}")


def abandon(name: str) -> None:
    """Delete the building version."""
    typer.echo(f"{name}: deleted {_with_rebuild(name, lambda rebuilding, _: rebuilding.abandon())}")


def _print_comparison(result: RebuildResult) -> None:
    comparison = result.comparison
    typer.echo(f"version {result.version}: {result.events:,} events read, {comparison.compared:,} documents compared")
    for difference in comparison.differences[:_MAX_PRINTED]:
        typer.echo(f"  {difference.id} {difference.description}")
    if comparison.differing > _MAX_PRINTED:
        typer.echo(f"  and {comparison.differing - _MAX_PRINTED:,} more")


def _with_rebuild(name: str, work: Callable[[Rebuild, Infrastructure], Awaitable[T]]) -> T:
    read_model = READ_MODELS.get(name)
    if read_model is None:
        end(ExitCode.NOT_FOUND, f"there is no read model {name!r}; there are {', '.join(READ_MODELS)}")
    progress = Progress()
    try:
        with interruptible("run it again, it goes on where it stopped"):
            return run_on_infrastructure(
                lambda infrastructure: work(
                    Rebuild(infrastructure, read_model, progress.report_rebuild), infrastructure
                )
            )
    except AlreadyRunning as problem:
        end(ExitCode.BUSY, str(problem))
    except LeaseLost:
        end(ExitCode.BUSY, f"the lease for rebuilding {name} was lost: the store was unavailable; run it again")
    except RebuildRefused as problem:
        end(ExitCode.CANNOT, str(problem))
    finally:
        progress.clear()
