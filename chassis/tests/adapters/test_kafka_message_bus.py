from collections.abc import AsyncIterator

import pytest

from california_gold_contracts.topics import Topic
from chassis.adapters.kafka.connection import KafkaConnection
from chassis.adapters.kafka.message_bus import KafkaMessageBus, kafka_message_bus
from chassis.adapters.kafka.topics import apply
from chassis.testing.conformance import MessageBusConformance
from chassis.testing.conformance.samples import unique


class TestKafkaMessageBus(MessageBusConformance):
    @pytest.fixture
    async def message_bus(self, kafka_bootstrap: str) -> AsyncIterator[KafkaMessageBus]:
        async with kafka_message_bus(KafkaConnection(kafka_bootstrap)) as bus:
            yield bus

    @pytest.fixture
    async def topics(self, kafka_bootstrap: str) -> list[str]:
        made = [Topic(unique("tests.things-"), "tests", "k", partitions=3) for _ in range(2)]
        await apply(KafkaConnection(kafka_bootstrap), made, replication=1)
        return [topic.name for topic in made]
