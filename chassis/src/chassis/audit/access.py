"""Access log of the audit: each access is an event in a stream, hash-chained like all others."""

from dataclasses import dataclass, field
from typing import ClassVar

from california_gold_contracts.catalog import Catalog
from california_gold_contracts.event import Event
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder
from chassis.commands.write_queues import WriteQueues
from chassis.ports.event_store import revision_of
from chassis.ports.infrastructure import Infrastructure

_SOURCE = "/california-gold/audit"


class AuditAccessed(Event):
    """The event's actor accessed the audit: `action` is what they did, `subject` the stream or file it was about."""

    wire_type: ClassVar[str] = "chassis.audit-accessed.v1"

    action: str
    subject: str


ACCESS_EVENTS = Catalog((AuditAccessed,))


@dataclass(frozen=True)
class AccessLog:
    """Writes the streams `audit-<date>`, one per day (UTC)."""

    infrastructure: Infrastructure
    _queues: WriteQueues = field(init=False, repr=False, compare=False, default_factory=WriteQueues)

    async def record(self, action: str, subject: str, context: CommandContext) -> None:
        """Record an access, before it is granted. Raises `StoreUnavailable`: then it must not be granted."""
        events, now = self.infrastructure.events, self.infrastructure.clock.now()
        stream = f"audit-{now.date().isoformat()}"
        accessed = AuditAccessed(action=action, subject=subject)

        async def append() -> int:
            previous = await events.last(stream)
            recorded = Recorder(_SOURCE, now).record([accessed], context, stream, previous)
            return await events.append(stream, recorded, revision_of(previous))

        await self._queues.write(stream, append)
