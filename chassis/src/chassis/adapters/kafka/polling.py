"""Polling a consumer, also past what the driver can't read."""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from aiokafka.structs import TopicPartition

from chassis.adapters.kafka.clients import Consumer
from chassis.adapters.kafka.records import received
from chassis.ports.message_bus import ReceivedMessage

_WAIT_MS = 1000
_MOST_MESSAGES = 500


class Polling:
    """The driver fails at a whole poll, and drops it, when a header in it has a name that is no UTF-8.

    Then `rewind` puts all partitions where they were before that poll, and those that have something are read message
    by message until it is met. An empty message is given in its place, which nobody can take for an event.
    """

    def __init__(self, consumer: Consumer, rewind: Callable[[], Awaitable[None]]) -> None:
        self._consumer, self._rewind = consumer, rewind
        self._suspects = deque[TopicPartition]()
        self.is_astray = False
        """Whether a poll was dropped and is not put back yet: positions are past what nobody was given."""

    async def messages(self) -> Sequence[ReceivedMessage]:
        """Return what comes next, in order in each partition; nothing when nothing came for a second."""
        if self._suspects:
            return await self._one(self._suspects[0])
        try:
            found = await self._consumer.getmany(timeout_ms=_WAIT_MS, max_records=_MOST_MESSAGES)
        except UnicodeDecodeError:
            self.is_astray = True
            await self._rewind()
            self._suspects.extend(await self._with_something())
            self.is_astray = False
            return ()
        return [received(record) for records in found.values() for record in records]

    async def _one(self, partition: TopicPartition) -> Sequence[ReceivedMessage]:
        self._suspects.rotate(-1)
        if partition not in self._consumer.assignment():
            self._suspects.clear()
            return ()
        try:
            found = await self._consumer.getmany(partition, timeout_ms=_WAIT_MS, max_records=1)
        except UnicodeDecodeError:
            self._suspects.clear()
            offset = await self._consumer.position(partition)
            self._consumer.seek(partition, offset + 1)
            return [ReceivedMessage(partition.topic, "", b"", (), partition.partition, offset)]
        return [received(record) for record in found.get(partition, ())]

    async def _with_something(self) -> Sequence[TopicPartition]:
        """Return the partitions in which the broker said that there is more."""
        ends = {partition: self._consumer.highwater(partition) or 0 for partition in self._consumer.assignment()}
        return [partition for partition, end in ends.items() if end > await self._consumer.position(partition)]
