"""A topic reader, and a consumer group member with its offset commits."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence

from chassis.adapters.sqlite import topic_log
from chassis.adapters.sqlite.database import Database
from chassis.ports.message_bus import ReceivedMessage


class TopicReader:
    """Reads topics from given offsets on."""

    def __init__(self, database: Database, offsets: topic_log.Offsets) -> None:
        self._database = database
        self.offsets = offsets

    async def batch(self) -> Sequence[ReceivedMessage]:
        """Return the next messages; an empty list at the end of the log."""
        messages = await self._database.read(lambda connection: topic_log.read(connection, self.offsets))
        for message in messages:
            self.offsets[message.topic] = message.offset + 1
        return messages


class GroupMember:
    """A `Subscription`. It consumes while it holds the lock of the group."""

    def __init__(self, database: Database, topics: Sequence[str], group: str, lock: asyncio.Lock) -> None:
        self._database, self._topics, self._group, self._lock = database, topics, group, lock
        self._holds_lock = False
        self._acknowledged: topic_log.Offsets = {}
        self._committed: topic_log.Offsets = {}
        self._out_of_order: defaultdict[str, set[int]] = defaultdict(set)

    async def batches(self) -> AsyncIterator[Sequence[ReceivedMessage]]:
        """Wait for the lock of the group, then yield the messages after its committed offsets, for ever."""
        await self._lock.acquire()
        self._holds_lock = True
        offsets = await self._database.read(
            lambda connection: topic_log.committed_offsets(connection, self._topics, self._group)
        )
        self._acknowledged, self._committed = dict(offsets), dict(offsets)
        reader = TopicReader(self._database, offsets)
        with self._database.waiters.watching(self._topics) as changed:
            while True:
                changed.clear()
                while batch := await reader.batch():
                    yield batch
                await changed.wait()

    async def acknowledge(self, messages: Sequence[ReceivedMessage]) -> None:
        """Acknowledge messages; commit the end of the contiguous prefix."""
        for message in messages:
            self._out_of_order[message.topic].add(message.offset)
        for topic in {message.topic for message in messages}:
            self._advance(topic)
        advanced = {topic: offset for topic, offset in self._acknowledged.items() if offset > self._committed[topic]}
        if advanced:
            await self._database.write(lambda connection: topic_log.commit(connection, self._group, advanced))
            self._committed.update(advanced)

    def leave(self) -> None:
        """Release the lock, so that the next member can consume."""
        if self._holds_lock:
            self._holds_lock = False
            self._lock.release()

    def _advance(self, topic: str) -> None:
        offset, out_of_order = self._acknowledged[topic], self._out_of_order[topic]
        while offset in out_of_order:
            out_of_order.remove(offset)
            offset += 1
        self._acknowledged[topic] = offset
