"""A reader of topics: the messages that this process published come from memory, all others from the log."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from chassis.adapters.sqlite import topic_log
from chassis.adapters.sqlite.database import Database
from chassis.adapters.sqlite.recent import Recent
from chassis.ports.message_bus import ReceivedMessage

RecentMessages = defaultdict[str, Recent[ReceivedMessage]]
"""By topic."""


def remember(recent: RecentMessages, published: Sequence[ReceivedMessage]) -> None:
    """Add messages that this process has published: all readers receive these objects."""
    for message in published:
        recent[message.topic].add(message.offset, message, len(message.value))


class TopicReader:
    """Reads topics from given offsets on."""

    def __init__(self, database: Database, recent: RecentMessages, offsets: Mapping[str, int]) -> None:
        self._database, self._recent = database, recent
        self.offsets = dict(offsets)
        self.at_end = False
        """Whether nothing was left after the last batch."""
        self._foreign_changes = 0

    async def batch(self) -> Sequence[ReceivedMessage]:
        """Return the next messages; an empty list at the end of the log."""
        messages = self._from_memory()
        if messages is None:
            messages = await self._from_log()
        for message in messages:
            self.offsets[message.topic] = message.offset + 1
        return messages

    def _from_memory(self) -> list[ReceivedMessage] | None:
        """Return what follows; None when that may be in the log only."""
        if not self.at_end or self._foreign_changes != self._database.waiters.foreign_changes:
            return None
        found: list[ReceivedMessage] = []
        for topic, offset in self.offsets.items():
            published = self._recent[topic].after(offset - 1)
            if published is None:
                return None
            found += published
        return found

    async def _from_log(self) -> list[ReceivedMessage]:
        self._foreign_changes = self._database.waiters.foreign_changes
        messages = await self._database.read(lambda connection: topic_log.read(connection, self.offsets))
        self.at_end = len(messages) < topic_log.PAGE
        return messages
