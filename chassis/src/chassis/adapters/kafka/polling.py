"""Polling a consumer: past records that the driver can't parse, and with detection of a stalled consumer."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

from aiokafka.errors import IllegalStateError
from aiokafka.structs import ConsumerRecord, TopicPartition

from chassis.adapters.kafka.clients import Consumer
from chassis.adapters.kafka.cluster import Cluster, Offsets
from chassis.adapters.kafka.errors import kafka_errors_translated, kafka_timeout
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import ReceivedMessage

_POLL_TIMEOUT_MS = 1000
_MAX_RECORDS = 500
_MAX_SILENCE_SECONDS = 10.0
_POSITION_TIMEOUT_SECONDS = 15.0


def partition_of(message: ReceivedMessage) -> TopicPartition:
    """Return the partition from which a message was read."""
    return TopicPartition(message.topic, message.partition)


class Poller:
    """Polls a consumer, also past records that the driver can't parse.

    When a header's name is not UTF-8, the driver raises and drops the whole poll. Then `rewind` seeks all partitions
    back to before that poll, and those with records are polled one record at a time until the bad one is found. It is
    replaced by an empty message, which is not a valid event.
    """

    def __init__(self, consumer: Consumer, rewind: Callable[[], Awaitable[None]]) -> None:
        self._consumer, self._rewind = consumer, rewind
        self._suspects = deque[TopicPartition]()
        self.needs_rewind = False
        """Whether a poll was dropped and not rewound yet: positions are past messages that were not returned."""

    async def poll(self) -> Sequence[ReceivedMessage]:
        """Return the next messages, in order in each partition; none when none came for a second."""
        if self._suspects:
            return await self._poll_one_record(self._suspects[0])
        try:
            found = await self._consumer.getmany(timeout_ms=_POLL_TIMEOUT_MS, max_records=_MAX_RECORDS)
        except UnicodeDecodeError:
            self.needs_rewind = True
            await self._rewind()
            self._suspects.extend(await self._partitions_with_records())
            self.needs_rewind = False
            return ()
        return [_received(record) for records in found.values() for record in records]

    async def _poll_one_record(self, partition: TopicPartition) -> Sequence[ReceivedMessage]:
        self._suspects.rotate(-1)
        if partition not in self._consumer.assignment():
            self._suspects.clear()
            return ()
        try:
            found = await self._consumer.getmany(partition, timeout_ms=_POLL_TIMEOUT_MS, max_records=1)
        except UnicodeDecodeError:
            self._suspects.clear()
            offset = await self._consumer.position(partition)
            self._consumer.seek(partition, offset + 1)
            return [ReceivedMessage(partition.topic, "", b"", (), partition.partition, offset)]
        return [_received(record) for record in found.get(partition, ())]

    async def _partitions_with_records(self) -> Sequence[TopicPartition]:
        """Return the partitions whose high watermark is above the consumer's position."""
        ends = {partition: self._consumer.highwater(partition) or 0 for partition in self._consumer.assignment()}
        return [partition for partition, end in ends.items() if end > await self._consumer.position(partition)]


def _received(record: ConsumerRecord) -> ReceivedMessage:
    """Return a record as a message. What another producer left out is empty; a key is decoded with replacements."""
    return ReceivedMessage(
        record.topic,
        (record.key or b"").decode(errors="replace"),
        record.value or b"",
        tuple((name, value or b"") for name, value in record.headers),
        record.partition,
        record.offset,
    )


class StallDetector:
    """Compares the consumer's positions and the topics' end offsets with those of the previous check."""

    def __init__(self, cluster: Cluster, topics: Sequence[str], consumer: Consumer) -> None:
        self._cluster, self._topics, self._consumer = cluster, topics, consumer
        self._positions: Offsets = {}
        self._ends: Offsets = {}

    async def check(self) -> Sequence[TopicPartition]:
        """Return the topics' partitions.

        Raises `StoreUnavailable` when Kafka is away, or when a partition had records at the previous check and its
        position has not moved since.
        """
        partitions = await self._cluster.partitions(self._topics)
        positions = await self._current_positions()
        if any(self._is_stalled(partition, position) for partition, position in positions.items()):
            topics = ", ".join(self._topics)
            raise StoreUnavailable(f"the consumer is stalled: Kafka has records of {topics} that it does not receive")
        self._positions, (_, self._ends) = positions, await self._cluster.bounds(partitions)
        return partitions

    async def _current_positions(self) -> Mapping[TopicPartition, int]:
        positions = dict[TopicPartition, int]()
        async with kafka_timeout(_POSITION_TIMEOUT_SECONDS):
            for partition in self._consumer.assignment():
                with suppress(IllegalStateError):  # revoked meanwhile
                    positions[partition] = await self._consumer.position(partition)
        return positions

    def _is_stalled(self, partition: TopicPartition, position: int) -> bool:
        return self._positions.get(partition) == position < self._ends.get(partition, 0)


class Reader:
    """Polls, and runs `check_stall` after each longer silence: the driver reconnects without reporting anything."""

    def __init__(self, poller: Poller, check_stall: Callable[[], Awaitable[object]]) -> None:
        self._poller, self._check_stall = poller, check_stall
        self._last_received = asyncio.get_running_loop().time()

    async def read(self) -> Sequence[ReceivedMessage]:
        """Return the next messages, in order in each partition; none when none came for a second.

        Raises `StoreUnavailable` when nothing came for a while and `check_stall` raises it.
        """
        found = await self._poll()
        now = asyncio.get_running_loop().time()
        if found:
            self._last_received = now
        elif now > self._last_received + _MAX_SILENCE_SECONDS:
            await self._check_stall()
            self._last_received = asyncio.get_running_loop().time()
        return found

    async def _poll(self) -> Sequence[ReceivedMessage]:
        """Poll with a timeout, because the driver's poll does not return during a rebalance: that counts as silence.

        Raises `StoreUnavailable` when a dropped poll could not be rewound in time: reading on would lose messages.
        """
        try:
            with kafka_errors_translated():
                async with asyncio.timeout(_MAX_SILENCE_SECONDS):
                    return await self._poller.poll()
        except TimeoutError:
            if self._poller.needs_rewind:
                raise StoreUnavailable("Kafka did not answer while a dropped poll was rewound") from None
            return ()
