"""`california-gold topics`: the Kafka topics as the contracts declare them."""

import asyncio
from datetime import timedelta

import typer

from california_gold.settings import DistributedAllSettings
from california_gold_contracts.topics import TOPICS, Topic
from chassis.runtime.settings import load

commands = typer.Typer(no_args_is_help=True, help="Look after the Kafka topics.")


@commands.command("list")
def list_all() -> None:
    """List the topics that are declared: who publishes on each, and how it is kept."""
    for topic in TOPICS:
        named = f"{topic.name:<29}{topic.owner:<14}partitions: {topic.partitions:>2}"
        typer.echo(f"{named}  kept: {_kept(topic)}  key: {topic.key}")


@commands.command()
def apply() -> None:
    """Make topics that are missing and change settings that differ. To run it again changes nothing."""
    # The drivers are an extra: the other commands do without them.
    from chassis.composition.distributed_topics import apply_topics

    done = asyncio.run(apply_topics(load(DistributedAllSettings)))
    for line in done or ["all topics are as declared"]:
        typer.echo(line)


def _kept(topic: Topic) -> str:
    if topic.compacted:
        return "the last event of each key"
    return "for ever" if topic.retention is None else f"{topic.retention // timedelta(days=1)} days"
