"""Message bus in one SQLite file: one log per topic, with one partition; committed offsets per group and topic."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from chassis.adapters.sqlite import topic_log
from chassis.adapters.sqlite.database import Database, opened
from chassis.adapters.sqlite.group_member import GroupMember
from chassis.adapters.sqlite.offset_commits import OffsetCommits
from chassis.adapters.sqlite.recent import Recent
from chassis.adapters.sqlite.topic_reader import TopicReader, remember
from chassis.ports.message_bus import Lag, Message, ReceivedMessage


class SqliteMessageBus:
    """A `MessageBus` for one process.

    One member of a group consumes; others wait in `batches` until it leaves. The lock is local to the process: two
    processes on one file must not consume as the same group. All readers of this process receive a message that it
    published as one object, without reading the file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._recent = defaultdict[str, Recent[ReceivedMessage]](Recent[ReceivedMessage])
        self._commits = OffsetCommits(database)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def publish(self, messages: Sequence[Message]) -> None:
        """Append messages to the logs of their topics: all or none."""
        if messages:
            topics = {message.topic for message in messages}
            await self._database.write(
                lambda connection: topic_log.append(connection, messages),
                topics,
                lambda published: remember(self._recent, published),
            )

    @asynccontextmanager
    async def subscribe(self, topics: Sequence[str], group: str) -> AsyncGenerator[GroupMember]:
        """Join a consumer group."""
        member = GroupMember(self._database, self._recent, self._commits, topics, group, self._locks[group])
        try:
            yield member
        finally:
            await member.leave()

    async def follow(self, topics: Sequence[str], *, from_start: bool) -> AsyncIterator[Sequence[ReceivedMessage]]:
        """Yield every message, from the beginning or from now on; an empty batch marks the end at the call."""
        with self._database.waiters.watching(topics) as changed:
            ends = await self._database.read(lambda connection: topic_log.end_offsets(connection, topics))
            reader = TopicReader(self._database, self._recent, dict.fromkeys(topics, 0) if from_start else ends)
            while any(reader.offsets[topic] < ends[topic] for topic in topics):
                yield await reader.batch()
            yield []
            while True:
                changed.clear()
                while batch := await reader.batch():
                    yield batch
                    if reader.at_end:
                        break
                await changed.wait()

    async def lag(self, topics: Sequence[str], group: str) -> Sequence[Lag]:
        """Return one `Lag` per topic."""
        await self._commits.flush()
        committed = await self._database.read(lambda connection: topic_log.committed_offsets(connection, topics, group))
        ends = await self._database.read(lambda connection: topic_log.end_offsets(connection, topics))
        return [Lag(topic, ends[topic] - committed[topic], committed[topic]) for topic in topics]

    async def close(self) -> None:
        """Commit what was acknowledged."""
        await self._commits.close()


@asynccontextmanager
async def sqlite_message_bus(path: Path) -> AsyncGenerator[SqliteMessageBus]:
    """Open the message bus in a file."""
    async with opened(path, topic_log.SCHEMA) as database:
        bus = SqliteMessageBus(database)
        try:
            yield bus
        finally:
            await bus.close()
