"""Event history of a stream: time, type, actor and cause of each event."""

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
class HistoryEntry:
    """One event of a history.

    `service` in `version` recorded it for `actor`. `causation_id` is the recorded cause, which may be a message that
    no stream stores; `cause` is the nearest known event (`stream@revision`) that led to it. `depth` is the number of
    its transitive causes: with the order of the entries, it gives the tree.
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


def history(
    audited_type: AuditedType, events: Sequence[StoredEvent], related: Sequence[StoredEvent] = ()
) -> Sequence[HistoryEntry]:
    """Return the history of a stream. `related` are events of other streams that may be causes."""
    causes = _Causes([*related, *events])
    return [_entry(audited_type, event, causes) for event in events]


def _entry(audited_type: AuditedType, event: StoredEvent, causes: "_Causes") -> HistoryEntry:
    metadata, envelope = orjson.loads(event.metadata), envelope_of(event)
    cause = causes.of(envelope)
    return HistoryEntry(
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
        data=audited_type.data(event),
    )


class _Causes:
    """The causes of events.

    A cause may be a message that is not stored (one of the analyzer). It has the correlation id of its own cause, so
    the nearest known cause is the first event with that correlation id.
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
