from collections.abc import Awaitable, Callable

import pytest

from california_gold_contracts.topics import Topic
from chassis.adapters.kafka.message_bus import KafkaMessageBus
from testkit.conformance import MessageBusConformance


class TestKafkaMessageBus(MessageBusConformance):
    @pytest.fixture
    def message_bus(self, kafka_bus: KafkaMessageBus) -> KafkaMessageBus:
        return kafka_bus

    @pytest.fixture
    async def topics(self, make_topic: Callable[[int], Awaitable[Topic]]) -> list[str]:
        return [(await make_topic(3)).name for _ in range(2)]
