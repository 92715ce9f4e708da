"""A reader of topics, and a member of a consumer group with its acknowledgements."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence

from chassis.adapters.sqlite import topic_log
from chassis.adapters.sqlite.database import Database
from chassis.ports.message_bus import ReceivedMessage


class TopicReader:
    """Reads topics onwards from a place."""

    def __init__(self, database: Database, place: topic_log.Places) -> None:
        self._database = database
        self.place = place

    async def batch(self) -> Sequence[ReceivedMessage]:
        """Return what comes next, perhaps nothing."""
        messages = await self._database.read(lambda connection: topic_log.read(connection, self.place))
        for message in messages:
            self.place[message.topic] = message.offset + 1
        return messages


class GroupMember:
    """A `Subscription`. It works while it holds the group's turn."""

    def __init__(self, database: Database, topics: Sequence[str], group: str, turn: asyncio.Lock) -> None:
        self._database, self._topics, self._group, self._turn = database, topics, group, turn
        self._at_work = False
        self._next: topic_log.Places = {}
        self._durable: topic_log.Places = {}
        self._done: defaultdict[str, set[int]] = defaultdict(set)

    async def batches(self) -> AsyncIterator[Sequence[ReceivedMessage]]:
        """Wait for the group's turn, then yield what nobody acknowledged before, for ever."""
        await self._turn.acquire()
        self._at_work = True
        places = await self._database.read(lambda connection: topic_log.places(connection, self._topics, self._group))
        self._next, self._durable = dict(places), dict(places)
        reader = TopicReader(self._database, places)
        with self._database.waiters.watching(self._topics) as changed:
            while True:
                changed.clear()
                while batch := await reader.batch():
                    yield batch
                await changed.wait()

    async def acknowledge(self, messages: Sequence[ReceivedMessage]) -> None:
        """Say that these are done; the durable place moves over the contiguous prefix."""
        for message in messages:
            self._done[message.topic].add(message.offset)
        for topic in {message.topic for message in messages}:
            self._advance(topic)
        moved = {topic: place for topic, place in self._next.items() if place > self._durable[topic]}
        if moved:
            await self._database.write(lambda connection: topic_log.move(connection, self._group, moved))
            self._durable.update(moved)

    def leave(self) -> None:
        """Let the next member work."""
        if self._at_work:
            self._at_work = False
            self._turn.release()

    def _advance(self, topic: str) -> None:
        place, done = self._next[topic], self._done[topic]
        while place in done:
            done.remove(place)
            place += 1
        self._next[topic] = place
