"""The story of a stream: when, what, who, and because of what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from pydantic import JsonValue

from california_gold_contracts.envelope import Envelope
from chassis.audit.audited_type import AuditedType
from chassis.commands.recording import envelope_of
from chassis.ports.event_store import StoredEvent


@dataclass(frozen=True)
class Entry:
    """One event of the story.

    `service` and `version` recorded it, for `actor`. `cause` is the event (`stream@revision`) that led to it, as near
    as the streams at hand tell; `causation_id` what was recorded as its cause, which may be a message that no
    stream holds. `depth` is how many causes of the story stand above it: with the order, it makes the tree.
    """

    stream: str
    revision: int
    position: int
    id: UUID
    time: str
    type: str
    actor: str
    service: str
    version: str
    correlation_id: str
    causation_id: str
    cause: str
    depth: int
    data: JsonValue


def story(kind: AuditedType, events: Sequence[StoredEvent], related: Sequence[StoredEvent] = ()) -> Sequence[Entry]:
    """Tell the story of a stream. `related` are events of other streams that may have been causes."""
    causes = _Causes([*related, *events])
    return [_entry(kind, event, causes) for event in events]


def _entry(kind: AuditedType, event: StoredEvent, causes: "_Causes") -> Entry:
    metadata, envelope = orjson.loads(event.metadata), envelope_of(event)
    cause = causes.of(envelope)
    return Entry(
        stream=event.stream,
        revision=event.revision,
        position=event.position,
        id=event.id,
        time=metadata["time"],
        type=event.type,
        actor=envelope.actor,
        service=envelope.source.rpartition("/")[2],
        version=metadata.get("version", ""),
        correlation_id=envelope.correlation_id,
        causation_id=envelope.causation_id,
        cause=f"{cause.stream}@{cause.revision}" if cause else "",
        depth=causes.depth(envelope),
        data=kind.data(event),
    )


class _Causes:
    """Which event led to which.

    A message that is not stored (a fact of the analyzer) carries the correlation id of what led to it: then the first
    event of that correlation is the nearest cause that is known.
    """

    def __init__(self, events: Sequence[StoredEvent]) -> None:
        envelopes = [envelope_of(event) for event in events]
        self._by_id: Mapping[str, Envelope] = {str(envelope.id): envelope for envelope in envelopes}
        first: dict[str, Envelope] = {}
        for envelope in sorted(envelopes, key=lambda envelope: envelope.position):
            first.setdefault(envelope.correlation_id, envelope)
        self._first = first

    def of(self, envelope: Envelope) -> Envelope | None:
        if not envelope.causation_id:
            return None
        cause = self._by_id.get(envelope.causation_id) or self._first[envelope.correlation_id]
        return cause if cause.position < envelope.position else None

    def depth(self, envelope: Envelope) -> int:
        depth, cause = 0, self.of(envelope)
        while cause is not None:
            depth, cause = depth + 1, self.of(cause)
        return depth
