"""`california-gold rebuild` and `read-models`."""

from typing import Annotated

import typer

from chassis.projections.event_source import EventSource

commands = typer.Typer(no_args_is_help=True, help="Manage the versions of read models.")


def _complete_name(incomplete: str) -> list[str]:
    from california_gold.read_models import READ_MODELS

    return [name for name in READ_MODELS if name.startswith(incomplete)]


Name = Annotated[
    str,
    typer.Argument(
        metavar="READ-MODEL",
        help="A name that `read-models list` prints.",
        autocompletion=_complete_name,
    ),
]
Source = Annotated[EventSource, typer.Option("--from", help="The event store, or the topic with gaps filled from it.")]
AcceptDifferences = Annotated[
    bool, typer.Option("--accept-differences", help="Switch although documents differ from the live version.")
]
NoSwitch = Annotated[bool, typer.Option("--no-switch", help="Build and compare the version without switching to it.")]
Restart = Annotated[bool, typer.Option("--restart", help="Abandon the version that an earlier run was building.")]


def rebuild(
    name: Name,
    source: Source = EventSource.STORE,
    accept_differences: AcceptDifferences = False,
    no_switch: NoSwitch = False,
    restart: Restart = False,
) -> None:
    """Rebuild a read model beside the live version, compare both, and switch. Run it again to resume."""
    from california_gold.operations.rebuilds import rebuild

    rebuild(name, source, accept_differences=accept_differences, switch=not no_switch, restart=restart)


@commands.command("list")
def list_all() -> None:
    """List the read models and their versions."""
    from california_gold.operations.rebuilds import print_versions

    print_versions()


@commands.command()
def rollback(name: Name) -> None:
    """Make the previous version live again."""
    from california_gold.operations.rebuilds import roll_back

    roll_back(name)


@commands.command()
def drop(name: Name) -> None:
    """Delete the previous version; after that there is no rollback."""
    from california_gold.operations.rebuilds import drop

    drop(name)


@commands.command()
def abandon(name: Name) -> None:
    """Delete the version that is being built."""
    from california_gold.operations.rebuilds import abandon

    abandon(name)
