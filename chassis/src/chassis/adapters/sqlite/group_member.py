"""A consumer group member with its acknowledgements."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from chassis.adapters.sqlite import topic_log
from chassis.adapters.sqlite.database import Database
from chassis.adapters.sqlite.offset_commits import OffsetCommits
from chassis.adapters.sqlite.topic_reader import RecentMessages, TopicReader
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import ReceivedMessage


class GroupMember:
    """A `Subscription`. It consumes while it holds the lock of the group."""

    def __init__(
        self,
        database: Database,
        recent: RecentMessages,
        commits: OffsetCommits,
        topics: Sequence[str],
        group: str,
        lock: asyncio.Lock,
    ) -> None:
        self._database, self._recent, self._commits = database, recent, commits
        self._topics, self._group, self._lock = topics, group, lock
        self._holds_lock = False
        self._acknowledged: topic_log.Offsets = {}
        self._out_of_order: defaultdict[str, set[int]] = defaultdict(set)

    async def batches(self) -> AsyncIterator[Sequence[ReceivedMessage]]:
        """Wait for the lock of the group, then yield the messages after its committed offsets, for ever."""
        await self._lock.acquire()
        self._holds_lock = True
        self._acknowledged = await self._database.read(
            lambda connection: topic_log.committed_offsets(connection, self._topics, self._group)
        )
        reader = TopicReader(self._database, self._recent, self._acknowledged)
        with self._database.waiters.watching(self._topics) as changed:
            while True:
                changed.clear()
                while batch := await reader.batch():
                    yield batch
                    if reader.at_end:
                        break
                await changed.wait()

    async def acknowledge(self, messages: Sequence[ReceivedMessage]) -> None:
        """Acknowledge messages; the end of the contiguous prefix is committed shortly after."""
        for message in messages:
            self._out_of_order[message.topic].add(message.offset)
        topics = {message.topic for message in messages}
        before = {topic: self._acknowledged[topic] for topic in topics}
        for topic in topics:
            self._advance(topic)
        advanced = {topic: self._acknowledged[topic] for topic in topics if self._acknowledged[topic] > before[topic]}
        if advanced:
            self._commits.add(self._group, advanced)

    async def leave(self) -> None:
        """Commit, then release the lock, so that the next member can consume. In an outage it receives some again."""
        if self._holds_lock:
            self._holds_lock = False
            try:
                with suppress(StoreUnavailable):
                    await self._commits.flush()
            finally:
                self._lock.release()

    def _advance(self, topic: str) -> None:
        offset, out_of_order = self._acknowledged[topic], self._out_of_order[topic]
        while offset in out_of_order:
            out_of_order.remove(offset)
            offset += 1
        self._acknowledged[topic] = offset
