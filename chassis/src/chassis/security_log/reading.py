"""Reading the security log, for the audit."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from chassis.ports.event_store import StoredEvent
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.key_store import KeyShredded
from chassis.security_log.day_keys import key_subject
from chassis.security_log.entry import SecurityEntry, SecurityEventRecorded, entry_from_json, stream_of
from chassis.security_log.sealed_box import UnreadableBox, open_box


@dataclass(frozen=True)
class SecurityEntries:
    """The readable entries of some days, the days whose key is destroyed, and the days with changed entries."""

    entries: Sequence[SecurityEntry]
    expired: Sequence[date]
    changed: Sequence[date]


async def read_entries(infrastructure: Infrastructure, first: date, last: date) -> SecurityEntries:
    """Return the entries of the days from `first` to `last` (UTC), in the order in which they were written."""
    entries: list[SecurityEntry] = []
    expired: list[date] = []
    changed: list[date] = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        try:
            entries += await _entries_of(infrastructure, day)
        except KeyShredded:
            expired.append(day)
        except (UnreadableBox, ValueError):
            changed.append(day)
    return SecurityEntries(entries, expired, changed)


async def _entries_of(infrastructure: Infrastructure, day: date) -> Sequence[SecurityEntry]:
    stored = await infrastructure.events.read(stream_of(day))
    if not stored:
        return []
    private_key = await infrastructure.keys.key_for(key_subject(day))
    return [_entry(event, private_key) for event in stored if event.type == SecurityEventRecorded.wire_type]


def _entry(event: StoredEvent, private_key: bytes) -> SecurityEntry:
    recorded = SecurityEventRecorded.model_validate_json(event.data)
    return entry_from_json(open_box(private_key, b64decode(recorded.sealed)))
