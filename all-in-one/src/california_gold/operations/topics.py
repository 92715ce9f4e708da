"""Managing the Kafka topics that the contracts declare."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import typer

from california_gold.exit_codes import interruptible
from california_gold.operations.waiting import when_available
from california_gold.settings import DistributedAllSettings
from california_gold_contracts.topics import TOPICS, Topic
from chassis.composition.distributed_settings import KafkaSettings
from chassis.runtime import logging
from chassis.runtime.settings import load


def print_topics() -> None:
    """Print the declaration of every topic."""
    for topic in TOPICS:
        declared = f"{topic.name:<29}{topic.owner:<14}partitions: {topic.partitions:>2}"
        typer.echo(f"{declared}  kept: {_retention(topic)}  key: {topic.key}")


def apply(wait_seconds: int) -> None:
    """Create missing topics and change settings that differ; wait for a broker for some seconds."""
    settings = load(KafkaSettings, accepted=DistributedAllSettings)
    logging.configure(settings.log_format, settings.log_level)
    with interruptible("run it again, what was done stays"):
        changes = asyncio.run(_apply(settings, wait_seconds))
    for change in changes or ["all topics are as declared"]:
        typer.echo(change)


async def _apply(settings: KafkaSettings, wait_seconds: int) -> Sequence[str]:
    # The drivers are an extra: the other commands work without them.
    from chassis.composition.distributed_topics import apply_topics

    return await when_available(lambda: apply_topics(settings), wait_seconds)


def _retention(topic: Topic) -> str:
    if topic.compacted:
        return "the last event of each key"
    return "for ever" if topic.retention is None else f"{topic.retention // timedelta(days=1)} days"
