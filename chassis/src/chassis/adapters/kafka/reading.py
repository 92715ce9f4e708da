"""Reading from a consumer, and noticing when the broker is silent because it is away."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from aiokafka.structs import TopicPartition

from chassis.adapters.kafka.clients import Consumer
from chassis.adapters.kafka.errors import translated
from chassis.adapters.kafka.records import received
from chassis.message_bus import ReceivedMessage

_WAIT_MS = 1000
_SILENCE_SECONDS = 10.0
_MOST_MESSAGES = 500


class Reading:
    """The driver reconnects by itself and tells nobody: after a silence `look` is asked whether Kafka is there."""

    def __init__(self, consumer: Consumer, look: Callable[[], Awaitable[object]]) -> None:
        self._consumer, self._look = consumer, look
        self._heard = asyncio.get_running_loop().time()

    async def messages(self) -> Sequence[ReceivedMessage]:
        """Return what comes next, in order in each partition; nothing when nothing came for a second.

        Raises `StoreUnavailable` when Kafka was silent for a while and `look` finds that it is away.
        """
        found = await self._polled()
        now = asyncio.get_running_loop().time()
        if found:
            self._heard = now
        elif now > self._heard + _SILENCE_SECONDS:
            await self._look()
            self._heard = asyncio.get_running_loop().time()
        return found

    async def _polled(self) -> Sequence[ReceivedMessage]:
        """Poll. While a group is being rearranged the driver waits without end: that is silence too."""
        try:
            with translated():
                async with asyncio.timeout(_SILENCE_SECONDS):
                    return await self._next()
        except TimeoutError:
            return ()

    async def _next(self) -> Sequence[ReceivedMessage]:
        try:
            found = await self._consumer.getmany(timeout_ms=_WAIT_MS, max_records=_MOST_MESSAGES)
        except UnicodeDecodeError:
            return [message for each in self._consumer.assignment() for message in await self._one(each)]
        return [received(record) for records in found.values() for record in records]

    async def _one(self, partition: TopicPartition) -> Sequence[ReceivedMessage]:
        """Return the next message, or in its place an empty one: the driver can't read a header's name in it."""
        try:
            found = await self._consumer.getmany(partition, timeout_ms=0, max_records=1)
        except UnicodeDecodeError:
            offset = await self._consumer.position(partition)
            self._consumer.seek(partition, offset + 1)
            return [ReceivedMessage(partition.topic, "", b"", (), partition.partition, offset)]
        return [received(record) for record in found.get(partition, ())]
