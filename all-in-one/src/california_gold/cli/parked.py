"""`california-gold parked`."""

from typing import Annotated

import typer

commands = typer.Typer(no_args_is_help=True, help="Manage parked (dead-lettered) events.")
Id = Annotated[str, typer.Argument(metavar="ID", help="Id of a parked event, as `parked list` prints it.")]


@commands.command("list")
def list_all() -> None:
    """List the events that failed and the later events of the same keys, which wait for them."""
    from california_gold.operations import parked

    parked.print_list()


@commands.command()
def show(parked_id: Id) -> None:
    """Show one parked event and its error, without the event's data, which may be personal."""
    from california_gold.operations import parked

    parked.print_one(parked_id)


@commands.command()
def retry(parked_id: Id) -> None:
    """Process a parked event again, and then the events that wait for it."""
    from california_gold.operations import parked

    parked.retry(parked_id)


@commands.command()
def discard(parked_id: Id) -> None:
    """Discard a parked event for ever; the events that wait for it are processed."""
    from california_gold.operations import parked

    parked.discard(parked_id)
