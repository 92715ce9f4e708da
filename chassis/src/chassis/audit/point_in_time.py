"""A point in time in the history of a stream: a revision or a timestamp."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import takewhile

import orjson

from chassis.ports.event_store import StoredEvent

PointInTime = int | datetime
"""A revision of the stream, or a timestamp."""

_MAX_DIGITS = 18


class NotYet(Exception):
    """The stream did not exist at that time, or has no such revision yet."""


class InvalidPointInTime(ValueError):
    """The text is neither a number nor a timestamp."""


def point_in_time(text: str) -> PointInTime:
    """Parse a revision (`7`) or a timestamp (ISO 8601; UTC without an offset). Raises `InvalidPointInTime`."""
    if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS:
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
            raise NotYet(f"{events[-1].stream} is at revision {events[-1].revision}, there is no {until} yet")
        return events[: until + 1]
    found = list(takewhile(lambda event: time_of(event) <= until, events))
    if not found:
        raise NotYet(f"{events[0].stream} begins at {time_of(events[0]).isoformat()} and did not exist before")
    return found


def time_of(event: StoredEvent) -> datetime:
    """Return when an event was recorded."""
    return datetime.fromisoformat(orjson.loads(event.metadata)["time"])
