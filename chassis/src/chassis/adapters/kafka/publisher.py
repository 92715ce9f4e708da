"""Publishing with an idempotent producer: record batches per partition, in order, acknowledged by all replicas."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from types import TracebackType
from typing import NamedTuple, Self

from aiokafka.errors import MessageSizeTooLargeError, RecordListTooLargeError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from chassis.adapters.kafka.clients import Producer
from chassis.adapters.kafka.cluster import Cluster
from chassis.adapters.kafka.connection import ClientArguments
from chassis.adapters.kafka.errors import kafka_timeout
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import Message, MessageTooLarge

MAX_BATCH_BYTES = 256 * 1024
"""Maximum size of a batch; a larger message gets a batch of its own, so that the broker refuses that message only."""

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
"""Larger messages are refused before sending, because a broker closes the connection for a request far too large."""

_PUBLISH_TIMEOUT_SECONDS = 10.0
_REQUEST_TIMEOUT_MS = 10_000
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


class Publisher:
    """Publishes the messages of one process. It connects with the first message.

    A failed batch leaves a gap in the producer's sequence numbers, and the driver could still send an unacknowledged
    one later: after either, the producer is aborted, and the next call creates a new one.
    """

    def __init__(self, arguments: ClientArguments, cluster: Cluster) -> None:
        self._arguments, self._cluster = arguments, cluster
        self._producer: Producer | None = None
        self._connecting = asyncio.Lock()
        self._topic_locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._existing_topics: set[str] = set()

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return when all messages are durable. Concurrent calls for one topic are sent in the order of the calls."""
        by_topic: defaultdict[str, list[Message]] = defaultdict(list)
        for message in messages:
            by_topic[message.topic].append(message)
        for topic, of_topic in by_topic.items():
            await self._publish(topic, of_topic)

    async def close(self) -> None:
        """Close the producer."""
        if self._producer is not None:
            await self._abort(self._producer)

    async def _publish(self, topic: str, messages: Sequence[Message]) -> None:
        producer = None
        try:
            async with kafka_timeout(_PUBLISH_TIMEOUT_SECONDS), _Acknowledgements(topic) as acknowledgements:
                async with self._topic_locks[topic]:
                    await self._require(topic)
                    producer = await self._connect()
                    for batch in _batches(producer.create_batch, messages, await producer.partitions_for(topic)):
                        acknowledgements.add(await producer.send_batch(batch.builder, topic, partition=batch.partition))
                await acknowledgements.wait()
        except (StoreUnavailable, MessageTooLarge):
            self._existing_topics.discard(topic)
            if producer is not None:
                await self._abort(producer)
            raise

    async def _require(self, topic: str) -> None:
        """Raise `StoreUnavailable` for a topic that does not exist; the producer would wait until it does."""
        if topic not in self._existing_topics:
            await self._cluster.partitions([topic])
            self._existing_topics.add(topic)

    async def _connect(self) -> Producer:
        async with self._connecting:
            if self._producer is None:
                self._producer = await _started_producer(self._arguments)
            return self._producer

    async def _abort(self, producer: Producer) -> None:
        if self._producer is producer:
            self._producer = None
        await producer.abort()


async def _started_producer(arguments: ClientArguments) -> Producer:
    producer = Producer(
        **arguments,
        enable_idempotence=True,
        acks="all",
        compression_type="lz4",
        max_batch_size=MAX_BATCH_BYTES,
        request_timeout_ms=_REQUEST_TIMEOUT_MS,
    )
    try:
        await producer.start()
    except BaseException:
        await producer.abort()
        raise
    return producer


@lru_cache(maxsize=65_536)
def partition_of_key(key: str, partitions: int) -> int:
    """Return the partition of a key as Kafka's default partitioner chooses it: murmur2 of its UTF-8 bytes."""
    return (murmur2(key.encode()) & 0x7FFF_FFFF) % partitions


class _Batch(NamedTuple):
    partition: int
    builder: BatchBuilder


def _batches(
    create: Callable[[], BatchBuilder], messages: Iterable[Message], partitions: Collection[int]
) -> list[_Batch]:
    """Return the messages of one topic as record batches, in order in each partition. Raises `MessageTooLarge`.

    A page of messages becomes one or a few batches per partition, which costs few round trips.
    """
    return [
        batch
        for partition, of_partition in _by_partition(messages, len(partitions)).items()
        for batch in _batches_of_partition(create, partition, of_partition)
    ]


def _by_partition(messages: Iterable[Message], partitions: int) -> dict[int, list[Message]]:
    by_partition: dict[int, list[Message]] = {}
    for message in messages:
        if len(message.value) > MAX_MESSAGE_BYTES:
            raise MessageTooLarge(f"a message for {message.topic} has {len(message.value)} bytes")
        by_partition.setdefault(partition_of_key(message.key, partitions), []).append(message)
    return by_partition


def _batches_of_partition(
    create: Callable[[], BatchBuilder], partition: int, messages: Iterable[Message]
) -> Iterator[_Batch]:
    batch = _Batch(partition, create())
    for message in messages:
        if not _append(batch, message):
            yield batch
            batch = _Batch(partition, create())
            _append(batch, message)
    yield batch


def _append(batch: _Batch, message: Message) -> bool:
    """Return whether the message fits. The first one of a batch does, whatever its size."""
    headers = list(message.headers)
    added = batch.builder.append(timestamp=None, key=message.key.encode(), value=message.value, headers=headers)
    return added is not None


class _Acknowledgements:
    """The acknowledgements of one call's batches; at the end of the block those still pending are cancelled."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._pending: list[asyncio.Future[object]] = []

    def add(self, acknowledgement: "asyncio.Future[object]") -> None:
        self._pending.append(acknowledgement)

    async def wait(self) -> None:
        """Return when every batch is durable. Raises the first failure, or `MessageTooLarge` for it."""
        for failure in await asyncio.gather(*self._pending, return_exceptions=True):
            if isinstance(failure, _TOO_LARGE):
                raise MessageTooLarge(f"a message for {self._topic} is larger than the broker accepts") from failure
            if isinstance(failure, BaseException):
                raise failure

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for acknowledgement in self._pending:
            if not acknowledgement.cancel():
                acknowledgement.exception()  # marks the error as retrieved: asyncio would log it otherwise
