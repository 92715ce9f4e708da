"""Reading the security log, for the audit."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from chassis.ports.event_store import StoredEvent
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.key_store import KeyShredded
from chassis.security_log.day_keys import key_subject
from chassis.security_log.entry import SecurityEntry, SecurityEventRecorded, entry_from_json, stream_of
from chassis.security_log.sealed_box import open_box


@dataclass(frozen=True)
class SecurityEntries:
    """The readable entries of some days, the days whose key is destroyed, and the events that were changed."""

    entries: list[SecurityEntry] = field(default_factory=list[SecurityEntry])
    expired: list[date] = field(default_factory=list[date])
    changed: list[str] = field(default_factory=list[str])


async def read_entries(infrastructure: Infrastructure, first: date, last: date) -> SecurityEntries:
    """Return the entries of the days from `first` to `last` (UTC), in the order in which they were written."""
    found = SecurityEntries()
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        stored = await infrastructure.events.read(stream_of(day))
        try:
            private_key = await infrastructure.keys.key_for(key_subject(day)) if stored else b""
        except KeyShredded:
            found.expired.append(day)
        else:
            _open(stored, private_key, found)
    return found


def _open(stored: Sequence[StoredEvent], private_key: bytes, found: SecurityEntries) -> None:
    for event in stored:
        try:
            recorded = SecurityEventRecorded.model_validate_json(event.data)
            found.entries.append(entry_from_json(open_box(private_key, b64decode(recorded.sealed))))
        except ValueError:
            found.changed.append(f"{event.stream}@{event.revision}")
