"""Recording of events: their metadata, and the hash chain that makes tampering with a stream evident."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version as installed_version
from struct import Struct
from uuid import UUID, uuid5

import orjson

from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from chassis.commands.context import CommandContext
from chassis.commands.text_sealing import Seal
from chassis.ports.event_store import NO_STREAM, START, NewEvent, StoredEvent

_SIZE = Struct(">Q").pack
_SIZE_OF_ID = _SIZE(16)


@dataclass(frozen=True, slots=True)
class Recorder:
    """Turns events of a command into events to append. `source` is the CloudEvents source (a URI reference).

    `seal` returns the data to store for the wire type and the data of an event.
    """

    source: str
    time: datetime
    seal: Seal = lambda _, data: data

    def record(
        self, events: Sequence[Event], context: CommandContext, stream: str, previous: StoredEvent | None
    ) -> Sequence[NewEvent]:
        """Return the events to append after `previous`. Ids derive from command and stream: a retry is recognised."""
        recorded: list[NewEvent] = []
        revision = previous.revision if previous else NO_STREAM
        last_hash = chain_hash(previous) if previous else ""
        for index, event in enumerate(events):
            metadata = self._metadata(context, last_hash)
            data = self.seal(event.wire_type, encode(event))
            new = NewEvent(uuid5(context.command_id, f"{stream}\x1f{index}"), event.wire_type, data, metadata)
            revision += 1
            last_hash = _hash(stream, revision, new.id, new.type, new.data, new.metadata)
            recorded.append(new)
        return recorded

    def _metadata(self, context: CommandContext, previous_hash: str) -> bytes:
        return orjson.dumps(
            {
                "time": self.time.isoformat(),
                "source": self.source,
                "version": _version(),
                "actor": context.actor,
                "command_id": str(context.command_id),
                "correlation_id": context.correlation_id,
                "causation_id": context.causation_id,
                "traceparent": context.traceparent,
                "previous_hash": previous_hash,
            }
        )


def stored_event(event: NewEvent, stream: str, revision: int) -> StoredEvent:
    """Return an appended event as stored. Its position in the log is unknown, so it is `START`."""
    return StoredEvent(event.id, event.type, event.data, event.metadata, stream, revision, START)


@cache
def _version() -> str:
    """Return the version of the product: all services are released together."""
    return installed_version("california-gold-chassis")


def chain_hash(event: StoredEvent) -> str:
    """Return the hash of an event, which the next event of the stream stores as `previous_hash`.

    SHA-256 over stream, revision, id, type, data and metadata, each prefixed with its length in 8 bytes, so that
    different events never have the same encoding. The metadata contains the previous hash: that forms the chain.
    """
    return _hash(event.stream, event.revision, event.id, event.type, event.data, event.metadata)


def _hash(stream: str, revision: int, event_id: UUID, wire_type: str, data: bytes, metadata: bytes) -> str:
    name, number, event_type, size = stream.encode(), b"%d" % revision, wire_type.encode(), _SIZE
    return sha256(
        b"%b%b%b%b%b%b%b%b%b%b%b%b"
        % (
            *(size(len(name)), name, size(len(number)), number, _SIZE_OF_ID, event_id.bytes),
            *(size(len(event_type)), event_type, size(len(data)), data, size(len(metadata)), metadata),
        )
    ).hexdigest()


def command_id_of(event: StoredEvent) -> str:
    """Return the id of the command that caused an event."""
    return orjson.loads(event.metadata).get("command_id", "")


def envelope_of(event: StoredEvent) -> Envelope:
    """Return a stored event as an envelope. The subject is the stream's name without the category."""
    metadata = orjson.loads(event.metadata)
    return Envelope(
        id=event.id,
        type=event.type,
        source=metadata["source"],
        subject=event.stream.partition("-")[2],
        time=datetime.fromisoformat(metadata["time"]),
        data=event.data,
        stream=event.stream,
        revision=event.revision,
        position=event.position,
        correlation_id=metadata["correlation_id"],
        causation_id=metadata["causation_id"],
        actor=metadata["actor"],
        traceparent=metadata["traceparent"],
    )
