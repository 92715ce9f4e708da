"""Access log of the audit: each access is an event in a stream, hash-chained like all others."""

from dataclasses import dataclass
from typing import ClassVar

from california_gold_contracts.catalog import Catalog
from california_gold_contracts.event import Event
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder
from chassis.ports.event_store import NO_STREAM, StoreUnavailable, WrongExpectedRevision
from chassis.ports.infrastructure import Infrastructure

_SOURCE = "/california-gold/audit"
_MAX_ATTEMPTS = 100


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

    async def record(self, action: str, subject: str, context: CommandContext) -> None:
        """Record an access, before it is granted. Raises `StoreUnavailable`: then it must not be granted."""
        events, now = self.infrastructure.events, self.infrastructure.clock.now()
        stream = f"audit-{now.date().isoformat()}"
        accessed = AuditAccessed(action=action, subject=subject)
        for _ in range(_MAX_ATTEMPTS):
            previous = await events.last(stream)
            recorded = Recorder(_SOURCE, now).record([accessed], context, stream, previous)
            try:
                await events.append(stream, recorded, previous.revision if previous else NO_STREAM)
            except WrongExpectedRevision:
                continue
            return
        raise StoreUnavailable("too many concurrent accesses to the audit")
