"""`california-gold replay`."""

from typing import Annotated

import typer

ToTopic = Annotated[str, typer.Option(help="Existing topic of the system that needs the events; never one of ours.")]
First = Annotated[str | None, typer.Option("--from", help="First position or time; by default the start of the log.")]
Last = Annotated[str | None, typer.Option("--to", help="Last position or time; by default the current end of the log.")]
Of = Annotated[str | None, typer.Option(help="Comma-separated event categories: job, file, user; by default all.")]


def replay(to_topic: ToTopic, first: First = None, last: Last = None, of: Of = None) -> None:
    """Publish a range of the log again, marked as replayed, to a separate topic."""
    from california_gold.operations.replay import replay

    replay(to_topic, first, last, of)
