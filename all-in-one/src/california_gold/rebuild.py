"""`california-gold rebuild` and `read-models`: read models made anew while the system serves."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from california_gold.command_infrastructure import command_infrastructure, command_settings
from california_gold.exit_codes import ExitCode, end
from california_gold.progress import Progressing
from california_gold.read_models import READ_MODELS
from chassis.coordination.lease import LeaseLost
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.live_documents import generations_of
from chassis.projections.rebuilding import AlreadyRunning, Origin, Rebuild, Rebuilt
from chassis.projections.switching import RebuildRefused
from chassis.projections.versions import ReadModelState

T = TypeVar("T")
_SHOWN = 20
commands = typer.Typer(no_args_is_help=True, help="Look after the generations of read models.")
Name = Annotated[str, typer.Argument(metavar="READ-MODEL", help=f"One of: {', '.join(READ_MODELS)}.")]


def rebuild(
    name: Name,
    origin: Annotated[
        Origin, typer.Option("--from", help="The event store, or the topic with gaps filled.")
    ] = Origin.STORE,
    accept_differences: Annotated[
        bool, typer.Option("--accept-differences", help="Switch although it differs from the live one.")
    ] = False,
    no_switch: Annotated[bool, typer.Option("--no-switch", help="Make and compare it only.")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Give up what was begun before.")] = False,
) -> None:
    """Make a read model anew beside the live one, compare the two, and switch. Interrupted, run it again."""

    async def work(making: Rebuild, infrastructure: Infrastructure) -> Rebuilt:
        state, _ = await generations_of(infrastructure.documents).present(name)
        if restart and state.building is not None:
            await making.abandon()
        return await making.run(origin=origin, accept_differences=accept_differences, switch=not no_switch)

    done = _with(name, work)
    comparison = done.comparison
    typer.echo(f"generation {done.generation}: {done.events:,} events read, {comparison.compared:,} documents compared")
    for one in comparison.differences[:_SHOWN]:
        typer.echo(f"  {one.id} {one.what}")
    if comparison.count > _SHOWN:
        typer.echo(f"  and {comparison.count - _SHOWN:,} more")
    if done.switched:
        typer.echo(f"{name} is read from it now; the one before is kept: `read-models rollback` or `read-models drop`")
    elif comparison.count:
        end(
            ExitCode.NOT_PROVED,
            f"{comparison.count:,} documents differ, and nothing was switched: run it again with --accept-differences,"
            " or `read-models abandon`",
        )
    else:
        typer.echo("nothing was switched: run it again without --no-switch, or `read-models abandon`")


@commands.command("list")
def list_all() -> None:
    """List the read models and their generations."""

    async def work(infrastructure: Infrastructure) -> list[tuple[str, ReadModelState]]:
        generations = generations_of(infrastructure.documents)
        return [(name, (await generations.present(name))[0]) for name in READ_MODELS]

    for name, state in _run(work):
        more = {"in the making": state.building, "kept": state.previous}
        told = "".join(f", {number} {what}" for what, number in more.items() if number is not None)
        spoiled = "".join(f", {number} spoiled" for number in sorted(state.spoiled))
        typer.echo(f"{name:<12} generation {state.live} live{told}{spoiled}")


@commands.command()
def rollback(name: Name) -> None:
    """Read from the generation before the last switch again."""
    state = _with(name, lambda making, _: making.roll_back())
    typer.echo(f"{name} is read from generation {state.live} again; {state.previous} is kept")


@commands.command()
def drop(name: Name) -> None:
    """Delete the generation before the last switch: there is no way back after that."""
    _gone(name, _with(name, lambda making, _: making.drop()))


@commands.command()
def abandon(name: Name) -> None:
    """Delete the generation in the making."""
    _gone(name, _with(name, lambda making, _: making.abandon()))


def _gone(name: str, numbers: object) -> None:
    typer.echo(f"{name}: deleted {numbers}")


def _with(name: str, work: Callable[[Rebuild, Infrastructure], Awaitable[T]]) -> T:
    read_model = READ_MODELS.get(name)
    if read_model is None:
        end(ExitCode.NOT_FOUND, f"there is no read model {name!r}; there are {', '.join(READ_MODELS)}")
    try:
        return _run(
            lambda infrastructure: work(Rebuild(infrastructure, read_model, Progressing().report), infrastructure)
        )
    except AlreadyRunning as problem:
        end(ExitCode.BUSY, str(problem))
    except LeaseLost:
        end(ExitCode.BUSY, f"the right to rebuild {name} was lost: the store was away for too long; run it again")
    except RebuildRefused as problem:
        end(ExitCode.CANNOT, str(problem))


def _run(work: Callable[[Infrastructure], Awaitable[T]]) -> T:
    async def run() -> T:
        async with command_infrastructure(command_settings()) as infrastructure:
            return await work(infrastructure)

    return asyncio.run(run())
