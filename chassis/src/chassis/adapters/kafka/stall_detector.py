"""What is looked at after a silence: whether Kafka is there, and whether the driver brings what it has."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from aiokafka.errors import IllegalStateError
from aiokafka.structs import TopicPartition

from chassis.adapters.kafka.clients import Consumer
from chassis.adapters.kafka.cluster import Cluster, Offsets
from chassis.adapters.kafka.errors import asking_kafka
from chassis.ports.event_store import StoreUnavailable

_POSITION_SECONDS = 15.0


class StallDetector:
    """Remembers where a consumer was and where its topics ended when it looked last."""

    def __init__(self, cluster: Cluster, topics: Sequence[str], consumer: Consumer) -> None:
        self._cluster, self._topics, self._consumer = cluster, topics, consumer
        self._positions: Offsets = {}
        self._ends: Offsets = {}

    async def look(self) -> Sequence[TopicPartition]:
        """Return the topics' partitions.

        Raises `StoreUnavailable` when Kafka is away, or when nothing came of what was there at the last look.
        """
        partitions = await self._cluster.partitions(self._topics)
        positions = await self._places()
        if any(self._is_stuck(partition, position) for partition, position in positions.items()):
            raise StoreUnavailable(f"Kafka has more of {', '.join(self._topics)} than it brings")
        self._positions, (_, self._ends) = positions, await self._cluster.bounds(partitions)
        return partitions

    async def _places(self) -> Mapping[TopicPartition, int]:
        places = dict[TopicPartition, int]()
        async with asking_kafka(_POSITION_SECONDS):
            for partition in self._consumer.assignment():
                with suppress(IllegalStateError):  # it is another member's by now
                    places[partition] = await self._consumer.position(partition)
        return places

    def _is_stuck(self, partition: TopicPartition, position: int) -> bool:
        return self._positions.get(partition) == position < self._ends.get(partition, 0)
