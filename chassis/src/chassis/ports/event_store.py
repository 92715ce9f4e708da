"""The port of the event store: append-only streams of events, and one global log of all of them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

NO_STREAM = -1
"""Expected revision of a stream that must not exist yet; as `after` of a read: from the first event."""

FIRST = 0
"""The revision of a stream's first event."""

START = -1
"""The log position before the first event."""


class WrongExpectedRevision(Exception):
    """Optimistic concurrency conflict: the stream is at revision `actual`. Reload and decide again."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"{stream} is at revision {actual}, not {expected}")
        self.actual = actual


class StoreUnavailable(Exception):
    """A store is unreachable or cannot write (disk full, locked, server down). Nothing was partially written."""


class StoreRefused(StoreUnavailable):
    """A store answers and refuses this process: a password, a certificate or a version does not fit.

    Waiting does not help, unlike in an outage. The message is one line that starts with the settings to correct.
    """


class DuplicateEventId(ValueError):
    """Two events of one append have the same id. Raised before anything is sent."""


class EventTooLarge(ValueError):
    """The events of one append exceed the store's limit: 1 MiB in total with EventStoreDB's default settings.

    Raised before anything is sent. The embedded store has no such limit; large data belongs in the object store.
    """

    def __init__(self, size: int, limit: int | None = None) -> None:
        allowed = "" if limit is None else f"; the limit is {limit}"
        super().__init__(f"the events of one append have {size} bytes in total{allowed}")
        self.size = size


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append. `data` and `metadata` are JSON; `id` is deterministic, so that a retry is recognised."""

    id: UUID
    type: str
    data: bytes = field(repr=False)
    metadata: bytes = field(default=b"{}", repr=False)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A stored event: `revision` counts from 0 within its stream; `position` increases over the log, with gaps."""

    id: UUID
    type: str
    data: bytes = field(repr=False)
    metadata: bytes = field(repr=False)
    stream: str
    revision: int
    position: int


def revision_of(last: StoredEvent | None) -> int:
    """Return the revision of a stream by its last event: `NO_STREAM` when it has none."""
    return last.revision if last else NO_STREAM


def category(stream: str) -> str:
    """Return the category of a stream, its name up to the first hyphen: `job` for `job-<uuid>`."""
    return stream.partition("-")[0]


class EventStore(Protocol):
    """Append-only streams. Every method raises `StoreUnavailable` when the store is unreachable."""

    async def append(self, stream: str, events: Sequence[NewEvent], expected: int) -> int:
        """Append all events atomically; return the stream's new revision once they are durable.

        Idempotent as in KurrentDB. `expected` is the current revision (`NO_STREAM` for a new stream) → appended.
        `expected` is lower and the same ids already follow it in the same order → success, with the revision of the
        first append. Otherwise → `WrongExpectedRevision`. Duplicate ids in `events` → `DuplicateEventId`. No events →
        `expected`. Over the size limit → `EventTooLarge`.
        """
        ...

    async def read(self, stream: str, after: int = NO_STREAM, limit: int | None = None) -> Sequence[StoredEvent]:
        """Return the events of a stream with a revision greater than `after`, in order; none for a missing stream."""
        ...

    async def last(self, stream: str) -> StoredEvent | None:
        """Return the last event of a stream; None for a missing stream."""
        ...

    def read_all(self, after: int = START, categories: Sequence[str] = ()) -> AsyncIterator[Sequence[StoredEvent]]:
        """Yield pages of the log after a position, up to its current end. No categories means all."""
        ...

    def subscribe_all(self, after: int = START, categories: Sequence[str] = ()) -> AsyncIterator[Sequence[StoredEvent]]:
        """Catch-up subscription: yield pages after a position, then new events; no gaps, no duplicates."""
        ...
