"""Fixtures: embedded infrastructure in a temporary folder, and new topics on a real Kafka."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from california_gold_contracts.topics import Topic
from chassis.adapters.kafka.connection import KafkaConnection
from chassis.adapters.kafka.message_bus import KafkaMessageBus, kafka_message_bus
from chassis.adapters.kafka.topics import apply
from chassis.composition.embedded import embedded
from chassis.ports.infrastructure import Infrastructure
from testkit.conformance.samples import unique

MakeTopic = Callable[[int], Awaitable[Topic]]


@pytest_asyncio.fixture
async def infrastructure(tmp_path: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data") as opened:
        yield opened


@pytest_asyncio.fixture
async def kafka_bus(kafka_bootstrap: str) -> AsyncGenerator[KafkaMessageBus]:
    async with kafka_message_bus(KafkaConnection(kafka_bootstrap)) as bus:
        yield bus


@pytest.fixture
def make_topic(kafka_bootstrap: str) -> MakeTopic:
    """Create a topic with a number of partitions."""

    async def make(partitions: int) -> Topic:
        topic = Topic(unique("tests.items-"), "tests", "key", partitions=partitions)
        await apply(KafkaConnection(kafka_bootstrap), [topic], replication=1)
        return topic

    return make
