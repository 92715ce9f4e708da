"""Managing the Kafka topics that the contracts declare."""

import asyncio
from datetime import timedelta

import typer

from california_gold.settings import DistributedAllSettings
from california_gold_contracts.topics import TOPICS, Topic
from chassis.runtime.settings import load


def print_topics() -> None:
    """Print the declaration of every topic."""
    for topic in TOPICS:
        declared = f"{topic.name:<29}{topic.owner:<14}partitions: {topic.partitions:>2}"
        typer.echo(f"{declared}  kept: {_retention(topic)}  key: {topic.key}")


def apply() -> None:
    """Create missing topics and change settings that differ."""
    # The drivers are an extra: the other commands work without them.
    from chassis.composition.distributed_topics import apply_topics

    changes = asyncio.run(apply_topics(load(DistributedAllSettings)))
    for change in changes or ["all topics are as declared"]:
        typer.echo(change)


def _retention(topic: Topic) -> str:
    if topic.compacted:
        return "the last event of each key"
    return "for ever" if topic.retention is None else f"{topic.retention // timedelta(days=1)} days"
