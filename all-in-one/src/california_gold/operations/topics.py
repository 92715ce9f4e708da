"""Managing the Kafka topics that the contracts declare."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta

import typer

from california_gold.settings import DistributedAllSettings
from california_gold_contracts.topics import TOPICS, Topic
from chassis.ports.event_store import StoreRefused, StoreUnavailable
from chassis.runtime.settings import load

_RETRY_SECONDS = 1.0


def print_topics() -> None:
    """Print the declaration of every topic."""
    for topic in TOPICS:
        declared = f"{topic.name:<29}{topic.owner:<14}partitions: {topic.partitions:>2}"
        typer.echo(f"{declared}  kept: {_retention(topic)}  key: {topic.key}")


def apply(wait_seconds: int) -> None:
    """Create missing topics and change settings that differ; wait for a broker for some seconds."""
    for change in asyncio.run(_apply(load(DistributedAllSettings), wait_seconds)) or ["all topics are as declared"]:
        typer.echo(change)


async def _apply(settings: DistributedAllSettings, wait_seconds: int) -> Sequence[str]:
    # The drivers are an extra: the other commands work without them.
    from chassis.composition.distributed_topics import apply_topics

    deadline, is_waiting = time.monotonic() + wait_seconds, False
    while True:
        try:
            return await apply_topics(settings)
        except StoreRefused:
            raise
        except StoreUnavailable as problem:
            if time.monotonic() >= deadline:
                raise
            if not is_waiting:
                typer.echo(f"california-gold: {problem}; waiting for at most {wait_seconds} s", err=True)
                is_waiting = True
        await asyncio.sleep(_RETRY_SECONDS)


def _retention(topic: Topic) -> str:
    if topic.compacted:
        return "the last event of each key"
    return "for ever" if topic.retention is None else f"{topic.retention // timedelta(days=1)} days"
