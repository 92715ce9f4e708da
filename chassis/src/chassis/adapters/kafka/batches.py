"""Messages of a page in record batches: one or a few a partition, so that a page costs few round trips."""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from chassis.ports.message_bus import Message, MessageTooLarge

BATCH_BYTES = 256 * 1024
"""Batches stay below it; a message that is larger goes alone, so that the broker refuses none but what is too large."""

LARGEST_BYTES = 16 * 1024 * 1024
"""What is larger is not sent at all: a broker ends the connection over a request that is far too large."""


class Batch(NamedTuple):
    """Records for one partition."""

    partition: int
    builder: BatchBuilder


def batches(
    create: Callable[[], BatchBuilder], messages: Iterable[Message], partitions: Collection[int]
) -> list[Batch]:
    """Return the messages of one topic as batches, in order in each partition. Raises `MessageTooLarge`."""
    return [
        batch
        for partition, chosen in _by_partition(messages, len(partitions)).items()
        for batch in _filled(create, partition, chosen)
    ]


@lru_cache(maxsize=65_536)
def partition_of(key: str, partitions: int) -> int:
    """Return the partition of a key as Kafka's own clients choose it: murmur2 of its UTF-8 bytes."""
    return (murmur2(key.encode()) & 0x7FFF_FFFF) % partitions


def _by_partition(messages: Iterable[Message], partitions: int) -> dict[int, list[Message]]:
    chosen: dict[int, list[Message]] = {}
    for message in messages:
        if len(message.value) > LARGEST_BYTES:
            raise MessageTooLarge(f"a message for {message.topic} has {len(message.value)} bytes")
        chosen.setdefault(partition_of(message.key, partitions), []).append(message)
    return chosen


def _filled(create: Callable[[], BatchBuilder], partition: int, messages: Iterable[Message]) -> Iterator[Batch]:
    batch = Batch(partition, create())
    for message in messages:
        if not _appended(batch, message):
            yield batch
            batch = Batch(partition, create())
            _appended(batch, message)
    yield batch


def _appended(batch: Batch, message: Message) -> bool:
    """Say whether the message still fits. The first one of a batch does, whatever its size."""
    headers = list(message.headers)
    added = batch.builder.append(timestamp=None, key=message.key.encode(), value=message.value, headers=headers)
    return added is not None
