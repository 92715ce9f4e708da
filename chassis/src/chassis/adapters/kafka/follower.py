"""Following topics without a consumer group."""

from collections.abc import AsyncIterator, Sequence

from aiokafka.structs import TopicPartition

from chassis.adapters.kafka.clients import Consumer
from chassis.adapters.kafka.cluster import Cluster, Offsets
from chassis.adapters.kafka.connection import ClientArguments
from chassis.adapters.kafka.errors import kafka_timeout
from chassis.adapters.kafka.polling import Poller, Reader, StallDetector, partition_of
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import ReceivedMessage

_START_TIMEOUT_SECONDS = 15.0
_REQUEST_TIMEOUT_MS = 15_000


async def follow(
    arguments: ClientArguments, cluster: Cluster, topics: Sequence[str], *, from_start: bool
) -> AsyncIterator[Sequence[ReceivedMessage]]:
    """Yield every message from the beginning or from now; one empty batch says that the present end is reached.

    Raises `StoreUnavailable` when Kafka stays away, when the partitions of a topic change, or when the consumer stalls.
    """
    partitions = await cluster.partitions(topics)
    consumer = Consumer(
        **arguments, enable_auto_commit=False, auto_offset_reset="earliest", request_timeout_ms=_REQUEST_TIMEOUT_MS
    )
    try:
        beginnings, ends = await cluster.bounds(partitions)
        offsets = dict(beginnings if from_start else ends)
        await _start(consumer, offsets)
        stalls = StallDetector(cluster, topics, consumer)
        reader = Reader(Poller(consumer, lambda: _seek(consumer, offsets)), lambda: _check(stalls, partitions))
        caught_up = False
        while True:
            if not caught_up and await _has_reached(consumer, ends):
                caught_up = True
                yield []
            if messages := await reader.read():
                yield messages
                offsets.update({partition_of(message): message.offset + 1 for message in messages})
    finally:
        await consumer.end()


async def _start(consumer: Consumer, offsets: Offsets) -> None:
    consumer.assign(list(offsets))
    async with kafka_timeout(_START_TIMEOUT_SECONDS):
        await consumer.start()
    await _seek(consumer, offsets)


async def _seek(consumer: Consumer, offsets: Offsets) -> None:
    for partition, offset in offsets.items():
        consumer.seek(partition, offset)


async def _check(stalls: StallDetector, partitions: Sequence[TopicPartition]) -> None:
    if list(await stalls.check()) != list(partitions):
        raise StoreUnavailable(f"the partitions of {partitions[0].topic} changed: following starts over")


async def _has_reached(consumer: Consumer, ends: Offsets) -> bool:
    async with kafka_timeout(_START_TIMEOUT_SECONDS):
        return all([await consumer.position(partition) >= end for partition, end in ends.items()])
