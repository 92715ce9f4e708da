"""The ids of deleted users, replicated from the users topic to every process that verifies tokens."""

import asyncio
from dataclasses import dataclass, field

import structlog
from pydantic import ValidationError

from california_gold_contracts.catalog import USERS as EVENTS
from california_gold_contracts.envelope import MalformedEnvelope, from_message
from california_gold_contracts.topics import USERS as TOPIC
from california_gold_contracts.users import UserDeleted
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.message_bus import MessageBus, ReceivedMessage
from chassis.runtime.service import Worker

_TIMEOUT = 5.0
_log = structlog.get_logger()


@dataclass
class DeletedUsers:
    """The ids of all deleted users, read from the users topic from its start."""

    bus: MessageBus
    _ids: set[int] = field(init=False, default_factory=set[int])
    _caught_up: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    @property
    def worker(self) -> Worker:
        """The worker that follows the topic."""
        return Worker("deleted-users", self.run)

    async def run(self) -> None:
        """Follow the topic without end. Raises `StoreUnavailable` when the bus fails; ids already read are kept."""
        async for batch in self.bus.follow([TOPIC.name], from_start=True):
            for message in batch:
                self._apply(message)
            if not batch:
                self._caught_up.set()

    async def includes(self, user_id: int) -> bool:
        """Return whether a user is deleted. Raises `StoreUnavailable` until past deletions are read."""
        if not self._caught_up.is_set():
            await self._catch_up()
        return user_id in self._ids

    def add(self, user_id: int) -> None:
        """Add a deletion in the process where it happened, before it arrives on the topic."""
        self._ids.add(user_id)

    async def problem(self) -> str | None:
        """Return why tokens can't be verified yet, or None."""
        return None if self._caught_up.is_set() else "deleted users are not known yet"

    async def _catch_up(self) -> None:
        try:
            await asyncio.wait_for(self._caught_up.wait(), _TIMEOUT)
        except TimeoutError:
            raise StoreUnavailable("deleted users are not known yet") from None

    def _apply(self, message: ReceivedMessage) -> None:
        try:
            envelope = from_message(message.headers, message.value)
            event = EVENTS.decode(envelope.type, envelope.data) if EVENTS.knows(envelope.type) else None
        except (MalformedEnvelope, ValidationError) as problem:
            # One malformed message must not stop all authentication; it is skipped, because it names no user.
            _log.error("message_unreadable", topic=TOPIC.name, offset=message.offset, error=type(problem).__name__)
            return
        if isinstance(event, UserDeleted):
            self._ids.add(event.user_id)
