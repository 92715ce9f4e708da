"""Confirmation of events from topics by the event store: whoever can write to a topic can forge an event.

A handler confirms an event before it deletes something, or opens it to somebody, because of it (ADR 38).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from california_gold_contracts.envelope import Envelope
from chassis.ports.event_store import EventStore, StoredEvent

_log = structlog.get_logger()


class UnconfirmedEvent(Exception):
    """The event store does not confirm an event: it is forged, or the log was restored from an older backup.

    The delivery retries it, because a follower of the event store may be behind, and then parks it.
    """


@dataclass(frozen=True)
class Confirmation:
    """Looks events up in their streams: one read for each. Raises `StoreUnavailable` when it can't."""

    events: EventStore

    async def confirm(self, envelope: Envelope, stream: str) -> StoredEvent:
        """Return the stored event behind an event; `stream` is where it must be. Raises `UnconfirmedEvent`."""
        if envelope.stream == stream and envelope.revision >= 0:
            for stored in await self.events.read(stream, envelope.revision - 1, limit=1):
                if (stored.revision, stored.id) == (envelope.revision, envelope.id) and _same_name(stored, envelope):
                    return stored
        raise unconfirmed(envelope)

    async def last_by_name(self, stream: str) -> Mapping[str, StoredEvent]:
        """Return the last event of each name in a stream, such as `user-deleted`."""
        return {_name(stored.type): stored for stored in await self.events.read(stream)}


def unconfirmed(envelope: Envelope) -> UnconfirmedEvent:
    """Return the error for an event that contradicts the event store, and log it."""
    _log.error("event_unconfirmed", type=envelope.type, subject=envelope.subject, event_id=str(envelope.id))
    return UnconfirmedEvent()


def _same_name(stored: StoredEvent, envelope: Envelope) -> bool:
    return _name(stored.type) == _name(envelope.type)


def _name(wire_type: str) -> str:
    """Return the name within a type: the stored and the public form of an event have different owners and versions."""
    return wire_type.partition(".")[2].rpartition(".")[0]
