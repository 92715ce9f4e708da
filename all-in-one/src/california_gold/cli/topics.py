"""`california-gold topics`."""

from typing import Annotated

import typer

commands = typer.Typer(no_args_is_help=True, help="Manage the Kafka topics.")


@commands.command("list")
def list_all() -> None:
    """List the declared topics: publisher, partitions, retention and key of each."""
    from california_gold.operations.topics import print_topics

    print_topics()


@commands.command()
def apply(wait: Annotated[int, typer.Option(min=0, help="Seconds to wait for a broker.")] = 300) -> None:
    """Create missing topics and change settings that differ from their declaration. Idempotent."""
    from california_gold.operations.topics import apply

    apply(wait)
