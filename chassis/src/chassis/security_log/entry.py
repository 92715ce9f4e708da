"""Entries of the security log, and the event that carries one sealed."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import ClassVar

import orjson
from pydantic import TypeAdapter

from california_gold_contracts.event import Event

_NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class SecurityEntry:
    """What somebody did, or was refused: `action` says what, `subject` to what, `reason` why it was refused.

    `user_id` is None for anonymous callers; `name_hash` is the keyed hash of a name without an account. `address` is
    the network of the client. `count`: how often the same happened, as far as this entry tells. Two entries are equal
    when they differ in time and request only.
    """

    action: str
    user_id: int | None = None
    subject: str = ""
    reason: str = ""
    name_hash: str = ""
    address: str = ""
    count: int = 1
    time: datetime = field(default=_NEVER, compare=False)
    correlation_id: str = field(default="", compare=False)


class SecurityEventRecorded(Event):
    """An entry of the security log: `sealed` is the entry as JSON, which the key of the stream's day opens."""

    wire_type: ClassVar[str] = "chassis.security-event-recorded.v1"

    action: str
    sealed: str


_ENTRY = TypeAdapter(SecurityEntry)


def stream_of(day: date) -> str:
    """Return the stream of a day (UTC)."""
    return f"security-{day.isoformat()}"


def entry_to_json(entry: SecurityEntry) -> bytes:
    """Return an entry as JSON."""
    return orjson.dumps(entry)


def entry_from_json(content: bytes) -> SecurityEntry:
    """Return an entry from JSON. Raises `ValueError`."""
    return _ENTRY.validate_json(content)
