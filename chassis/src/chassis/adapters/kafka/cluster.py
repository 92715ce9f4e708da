"""Questions about topics and groups, over connections that are kept between calls."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple, Self

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from chassis.adapters.kafka.clients import Consumer
from chassis.adapters.kafka.connection import ClientArguments
from chassis.adapters.kafka.errors import asking_kafka, unknown_topics
from chassis.ports.event_store import StoreUnavailable

_PATIENCE_SECONDS = 5.0
_PAUSE_SECONDS = 0.1
_COORDINATOR_NOT_READY = {14, 15, 16}
"""Kafka's error codes: it loads, is not there yet, is another broker."""

Offsets = Mapping[TopicPartition, int]


class Cluster:
    """Answers, or raises `StoreUnavailable`. It connects at the first question, and anew after trouble."""

    def __init__(self, arguments: ClientArguments) -> None:
        self._arguments = arguments
        self._clients: _Clients | None = None
        self._opening = asyncio.Lock()

    async def partitions(self, topics: Sequence[str]) -> Sequence[TopicPartition]:
        """Return all partitions of topics; a topic that nobody made is a `StoreUnavailable` that names it."""
        async with self._asking() as clients:
            found = await clients.admin.describe_topics(list(topics))
        missing = [topic["topic"] for topic in found if topic["error_code"] or not topic["partitions"]]
        if missing:
            raise unknown_topics(missing)
        return [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in found
            for partition in sorted(topic["partitions"], key=lambda partition: partition["partition"])
        ]

    async def bounds(self, partitions: Sequence[TopicPartition]) -> tuple[Offsets, Offsets]:
        """Return where each partition begins, and where its next message will be."""
        async with self._asking() as (_, consumer):
            return await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)

    async def places(self, group: str, partitions: Sequence[TopicPartition]) -> Offsets:
        """Return where a group goes on, without the partitions in which it never acknowledged anything."""
        async with self._asking() as clients:
            found = await _places(clients.admin, group, partitions)
        if found.keys() != set(partitions):
            raise StoreUnavailable(f"the places of {group} can't be read yet")
        return {partition: place.offset for partition, place in found.items() if place.offset >= 0}

    async def close(self) -> None:
        """End the connections."""
        clients, self._clients = self._clients, None
        if clients is not None:
            await clients.end()

    @asynccontextmanager
    async def _asking(self) -> AsyncGenerator["_Clients"]:
        clients = None
        try:
            async with asking_kafka(_PATIENCE_SECONDS):
                clients = await self._opened()
                yield clients
        except StoreUnavailable:
            if clients is not None and clients is self._clients:
                await self.close()
            raise

    async def _opened(self) -> "_Clients":
        async with self._opening:
            if self._clients is None:
                self._clients = await _Clients.connected(self._arguments)
            return self._clients


async def _places(
    admin: AIOKafkaAdminClient, group: str, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, OffsetAndMetadata]:
    """Ask again while a broker that has just started makes or loads what it keeps groups in."""
    while True:
        try:
            return await admin.list_consumer_group_offsets(group, partitions=list(partitions))
        except KafkaError as problem:
            if getattr(problem, "errno", None) not in _COORDINATOR_NOT_READY:
                raise
            await asyncio.sleep(_PAUSE_SECONDS)


class _Clients(NamedTuple):
    admin: AIOKafkaAdminClient
    consumer: Consumer

    @classmethod
    async def connected(cls, arguments: ClientArguments) -> Self:
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
