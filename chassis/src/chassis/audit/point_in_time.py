"""A point in time in the life of a stream, what was so then, and what changed between two of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import takewhile

import orjson

from chassis.ports.event_store import StoredEvent

PointInTime = int | datetime
"""A revision of the stream, or a time."""

_LONGEST_REVISION = 18


class NotYet(Exception):
    """At that point in time nothing had happened, or the stream has not come so far."""


class InvalidPointInTime(ValueError):
    """A text that is neither a number nor a time."""


def point_in_time(text: str) -> PointInTime:
    """Read a revision (`7`) or a time (ISO 8601; without an offset it is UTC). Raises `InvalidPointInTime`."""
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_REVISION:
        return int(text)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidPointInTime(f"{text!r} is neither a number nor a time such as 2024-05-17T12:00:00Z") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def up_to(events: Sequence[StoredEvent], until: PointInTime) -> Sequence[StoredEvent]:
    """Return the events of a stream (not empty) up to and including a point in time. Raises `NotYet`."""
    if isinstance(until, int):
        if until > events[-1].revision:
            raise NotYet(f"{events[-1].stream} has come to revision {events[-1].revision}, not yet to {until}")
        return events[: until + 1]
    found = list(takewhile(lambda event: time_of(event) <= until, events))
    if not found:
        raise NotYet(f"{events[0].stream} begins at {time_of(events[0]).isoformat()}: before that there was nothing")
    return found


def time_of(event: StoredEvent) -> datetime:
    """Return when an event was recorded."""
    return datetime.fromisoformat(orjson.loads(event.metadata)["time"])
