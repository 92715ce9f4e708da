"""Envelope of an event: CloudEvents 1.0 in Kafka's binary content mode.

Attributes become headers `ce_<name>`, the JSON data is the value (CloudEvents Kafka protocol binding 1.0.2, § 3.2).
Extension attributes are the stream, revision and position of the stored event, the correlation and causation ids, the
actor and the W3C traceparent.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from california_gold_contracts.event import Event

SPEC_VERSION = "1.0"
CONTENT_TYPE = b"application/json"
SCHEMA_BASE = "https://california-gold.dev/schemas/"
Headers = tuple[tuple[str, bytes], ...]


class MalformedEnvelope(ValueError):
    """A message that is not a CloudEvent with the required attributes."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event's data with its CloudEvents attributes.

    `subject` is the id of the aggregate, and the message's key. `revision` counts from 0 within `stream`;
    both are empty (`""`, -1) for events that are in no stream (those of the analyzer). `actor` is `user:<id>` or
    `service:<name>`; `causation_id` is the id of the command or event that led to this one.
    """

    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    data: bytes = field(repr=False)
    stream: str = ""
    revision: int = -1
    position: int = -1
    correlation_id: str = ""
    causation_id: str = ""
    actor: str = ""
    traceparent: str = ""
    _event: Event | None = field(default=None, init=False, repr=False, compare=False)

    def event(self, decode: Callable[[str, bytes], Event]) -> Event:
        """Return the event in `data`. It is decoded once, whoever asks: all readers of a process share the object."""
        event = self._event
        if event is None:
            event = decode(self.type, self.data)
            object.__setattr__(self, "_event", event)
        return event

    @property
    def dataschema(self) -> str:
        """URI of the JSON Schema of `data`."""
        return f"{SCHEMA_BASE}{self.type}.json"

    def headers(self) -> Headers:
        """Return the message's headers; `data` is its value and `subject` its key."""
        attributes = {
            "specversion": SPEC_VERSION,
            "id": str(self.id),
            "type": self.type,
            "source": self.source,
            "subject": self.subject,
            "time": self.time.isoformat(),
            "dataschema": self.dataschema,
            "stream": self.stream,
            "revision": str(self.revision),
            "position": str(self.position),
            "correlationid": self.correlation_id,
            "causationid": self.causation_id,
            "actor": self.actor,
            "traceparent": self.traceparent,
        }
        return (
            ("content-type", CONTENT_TYPE),
            *((f"ce_{name}", value.encode()) for name, value in attributes.items() if value),
        )


def from_message(headers: Iterable[tuple[str, bytes]], value: bytes) -> Envelope:
    """Read a message. Raises `MalformedEnvelope` when a required attribute is missing or wrong."""
    try:
        attributes = {name[3:]: raw.decode() for name, raw in headers if name.startswith("ce_")}
        if attributes["specversion"] != SPEC_VERSION:
            raise ValueError("another version of CloudEvents")
        return Envelope(
            id=UUID(attributes["id"]),
            type=attributes["type"],
            source=attributes["source"],
            subject=attributes["subject"],
            time=datetime.fromisoformat(attributes["time"]),
            data=value,
            stream=attributes.get("stream", ""),
            revision=int(attributes.get("revision", "-1")),
            position=int(attributes.get("position", "-1")),
            correlation_id=attributes.get("correlationid", ""),
            causation_id=attributes.get("causationid", ""),
            actor=attributes.get("actor", ""),
            traceparent=attributes.get("traceparent", ""),
        )
    except (KeyError, ValueError) as problem:
        raise MalformedEnvelope(f"not an event of California Gold: {problem!r}") from problem
