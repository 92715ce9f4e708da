"""Metadata queries: partitions of topics, their offsets, committed offsets and lag of consumer groups."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple, Self

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from chassis.adapters.kafka.clients import Consumer
from chassis.adapters.kafka.connection import ClientArguments
from chassis.adapters.kafka.errors import kafka_timeout, missing_topics
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import Lag

_QUERY_TIMEOUT_SECONDS = 5.0
_RETRY_PAUSE_SECONDS = 0.1
_COORDINATOR_NOT_READY = {14, 15, 16}
"""Kafka's codes: COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR."""

Offsets = Mapping[TopicPartition, int]


class Cluster:
    """Answers metadata queries, or raises `StoreUnavailable`.

    It connects with the first query, keeps the connections, and replaces them after an error.
    """

    def __init__(self, arguments: ClientArguments) -> None:
        self._arguments = arguments
        self._clients: _Clients | None = None
        self._connecting = asyncio.Lock()

    async def partitions(self, topics: Sequence[str]) -> Sequence[TopicPartition]:
        """Return all partitions of topics. Raises `StoreUnavailable` that names the topics that do not exist."""
        async with self._connected() as clients:
            found = await clients.admin.describe_topics(list(topics))
        missing = [topic["topic"] for topic in found if topic["error_code"] or not topic["partitions"]]
        if missing:
            raise missing_topics(missing)
        return [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in found
            for partition in sorted(topic["partitions"], key=lambda partition: partition["partition"])
        ]

    async def bounds(self, partitions: Sequence[TopicPartition]) -> tuple[Offsets, Offsets]:
        """Return the beginning offset and the end offset of each partition; the end is that of the next message."""
        async with self._connected() as (_, consumer):
            return await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)

    async def committed_offsets(self, group: str, partitions: Sequence[TopicPartition]) -> Offsets:
        """Return the committed offsets of a group, without the partitions for which it has none."""
        async with self._connected() as clients:
            found = await _committed_offsets(clients.admin, group, partitions)
        if found.keys() != set(partitions):
            raise StoreUnavailable(f"the committed offsets of {group} can't be read yet")
        return {partition: committed.offset for partition, committed in found.items() if committed.offset >= 0}

    async def lag(self, topics: Sequence[str], group: str) -> Sequence[Lag]:
        """Return one `Lag` per topic, summed over its partitions.

        It counts offsets, so the gaps of a compacted topic count until the group has passed them. Committed offsets are
        read before end offsets: a lag of 0 is never reported too early.
        """
        partitions = await self.partitions(topics)
        committed = await self.committed_offsets(group, partitions)
        beginnings, ends = await self.bounds(partitions)
        lags: list[Lag] = []
        for topic in topics:
            of_topic = [partition for partition in partitions if partition.topic == topic]
            behind = sum(_lag(partition, committed, beginnings, ends) for partition in of_topic)
            lags.append(Lag(topic, behind, sum(committed.get(partition, 0) for partition in of_topic)))
        return lags

    async def close(self) -> None:
        """Close the connections."""
        clients, self._clients = self._clients, None
        if clients is not None:
            await clients.end()

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator["_Clients"]:
        clients = None
        try:
            async with kafka_timeout(_QUERY_TIMEOUT_SECONDS):
                clients = await self._connect()
                yield clients
        except StoreUnavailable:
            if clients is not None and clients is self._clients:
                await self.close()
            raise

    async def _connect(self) -> "_Clients":
        async with self._connecting:
            if self._clients is None:
                self._clients = await _Clients.connect(self._arguments)
            return self._clients


def _lag(partition: TopicPartition, committed: Offsets, beginnings: Offsets, ends: Offsets) -> int:
    offset = max(committed.get(partition, 0), beginnings[partition])
    return max(0, ends[partition] - offset)


async def _committed_offsets(
    admin: AIOKafkaAdminClient, group: str, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, OffsetAndMetadata]:
    """Retry while a broker that has just started creates or loads its topic of committed offsets."""
    while True:
        try:
            return await admin.list_consumer_group_offsets(group, partitions=list(partitions))
        except KafkaError as problem:
            if getattr(problem, "errno", None) not in _COORDINATOR_NOT_READY:
                raise
            await asyncio.sleep(_RETRY_PAUSE_SECONDS)


class _Clients(NamedTuple):
    admin: AIOKafkaAdminClient
    consumer: Consumer

    @classmethod
    async def connect(cls, arguments: ClientArguments) -> Self:
        clients = cls(AIOKafkaAdminClient(**arguments), Consumer(**arguments, enable_auto_commit=False))
        try:
            await clients.admin.start()
            await clients.consumer.start()
        except BaseException:
            await clients.end()
            raise
        return clients

    async def end(self) -> None:
        await self.consumer.end()
        await self.admin.close()
