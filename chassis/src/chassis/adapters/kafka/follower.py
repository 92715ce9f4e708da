"""Following topics without a group."""

from collections.abc import AsyncIterator, Sequence

from aiokafka.structs import TopicPartition

from chassis.adapters.kafka.clients import Consumer
from chassis.adapters.kafka.cluster import Cluster, Offsets
from chassis.adapters.kafka.connection import ClientArguments
from chassis.adapters.kafka.errors import asking_kafka
from chassis.adapters.kafka.polling import Polling
from chassis.adapters.kafka.reading import Reading
from chassis.adapters.kafka.records import partition_of
from chassis.adapters.kafka.stall_detector import StallDetector
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import ReceivedMessage

_START_SECONDS = 15.0
_REQUEST_MS = 15_000


async def follow(
    arguments: ClientArguments, cluster: Cluster, topics: Sequence[str], *, from_start: bool
) -> AsyncIterator[Sequence[ReceivedMessage]]:
    """Yield every message from the beginning or from now; the empty batch says that now is reached.

    Raises `StoreUnavailable` when Kafka is away for longer than a moment, when a topic got more partitions, or when the
    driver does not bring what the topics had before a silence.
    """
    partitions = await cluster.partitions(topics)
    consumer = Consumer(
        **arguments, enable_auto_commit=False, auto_offset_reset="earliest", request_timeout_ms=_REQUEST_MS
    )
    try:
        beginnings, ends = await cluster.bounds(partitions)
        places = dict(beginnings if from_start else ends)
        await _start(consumer, places)
        stall_detector = StallDetector(cluster, topics, consumer)
        reading = Reading(Polling(consumer, lambda: _seek(consumer, places)), lambda: _look(stall_detector, partitions))
        caught_up = False
        while True:
            if not caught_up and await _reached(consumer, ends):
                caught_up = True
                yield []
            if messages := await reading.messages():
                yield messages
                places.update({partition_of(message): message.offset + 1 for message in messages})
    finally:
        await consumer.end()


async def _start(consumer: Consumer, places: Offsets) -> None:
    consumer.assign(list(places))
    async with asking_kafka(_START_SECONDS):
        await consumer.start()
    await _seek(consumer, places)


async def _seek(consumer: Consumer, places: Offsets) -> None:
    for partition, place in places.items():
        consumer.seek(partition, place)


async def _look(stall_detector: StallDetector, partitions: Sequence[TopicPartition]) -> None:
    if list(await stall_detector.look()) != list(partitions):
        raise StoreUnavailable(f"the partitions of {partitions[0].topic} changed, following begins again")


async def _reached(consumer: Consumer, ends: Offsets) -> bool:
    async with asking_kafka(_START_SECONDS):
        return all([await consumer.position(partition) >= end for partition, end in ends.items()])
