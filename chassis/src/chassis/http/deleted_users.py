"""Users whose tokens stop: every process that verifies tokens hears of deletions."""

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

_PATIENCE = 5.0
_log = structlog.get_logger()


@dataclass
class DeletedUsers:
    """The ids of all deleted users, kept by following the users topic from its start."""

    bus: MessageBus
    _ids: set[int] = field(init=False, default_factory=set[int])
    _caught_up: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    @property
    def worker(self) -> Worker:
        """The following, as work for a process."""
        return Worker("deleted-users", self.run)

    async def run(self) -> None:
        """Follow for ever. Raises `StoreUnavailable` when the bus is lost; what is known stays known."""
        async for batch in self.bus.follow([TOPIC.name], from_start=True):
            for message in batch:
                self._take(message)
            if not batch:
                self._caught_up.set()

    async def includes(self, user_id: int) -> bool:
        """Say whether a user is deleted. Raises `StoreUnavailable` while past deletions could not be read yet."""
        if not self._caught_up.is_set():
            await self._catch_up()
        return user_id in self._ids

    def add(self, user_id: int) -> None:
        """Know of a deletion at once, where it happened, before the topic brings it."""
        self._ids.add(user_id)

    async def problem(self) -> str | None:
        """Say why tokens can't be trusted yet, for readiness."""
        return None if self._caught_up.is_set() else "deleted users are not known yet"

    async def _catch_up(self) -> None:
        try:
            await asyncio.wait_for(self._caught_up.wait(), _PATIENCE)
        except TimeoutError:
            raise StoreUnavailable("deleted users are not known yet") from None

    def _take(self, message: ReceivedMessage) -> None:
        try:
            envelope = from_message(message.headers, message.value)
            event = EVENTS.decode(envelope.type, envelope.data) if EVENTS.knows(envelope.type) else None
        except (MalformedEnvelope, ValidationError) as problem:
            # One bad message must not lock everybody out; nobody can tell whom it meant.
            _log.error("message_unreadable", topic=TOPIC.name, offset=message.offset, error=type(problem).__name__)
            return
        if isinstance(event, UserDeleted):
            self._ids.add(event.user_id)
