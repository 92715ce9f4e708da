"""The port of the event store: streams of facts, each with one revision counter, and one log over all of them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

NO_STREAM = -1
"""Expected revision of a stream that must not exist yet; also "from the beginning" where a revision is read after."""

FIRST = 0
"""The revision of a stream's first event."""

START = -1
"""The position before the first event of the log."""


class WrongExpectedRevision(Exception):
    """The stream is at `actual`, not where the writer thought. Reload, decide again."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"{stream} is at revision {actual}, not {expected}")
        self.actual = actual


class StoreUnavailable(Exception):
    """A store cannot be reached or cannot write now (disk full, locked, server down). Nothing was half done."""


class DuplicateEventId(ValueError):
    """Two events of one batch have the same id; refused before anything is sent."""


class EventTooLarge(ValueError):
    """The events of one append are larger together than the store takes: 1 MiB with EventStoreDB's settings.

    Refused before anything is sent. The embedded store takes larger ones: what may grow belongs in the object store.
    """

    def __init__(self, size: int, limit: int | None = None) -> None:
        most = "" if limit is None else f", at most {limit} are taken"
        super().__init__(f"the events of one append have {size} bytes together{most}")
        self.size = size


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append. `data` and `metadata` are JSON; `id` is deterministic, because clients re-send."""

    id: UUID
    type: str
    data: bytes = field(repr=False)
    metadata: bytes = field(default=b"{}", repr=False)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as stored: `revision` counts from 0 in its stream, `position` grows over the whole log (with holes)."""

    id: UUID
    type: str
    data: bytes = field(repr=False)
    metadata: bytes = field(repr=False)
    stream: str
    revision: int
    position: int


def revision_of(last: StoredEvent | None) -> int:
    """Return where the stream stands whose last event this is; None: it has none."""
    return last.revision if last else NO_STREAM


def category(stream: str) -> str:
    """Return the part of a stream's name before its first hyphen: `job` of `job-<uuid>`."""
    return stream.partition("-")[0]


class EventStore(Protocol):
    """Streams that can only grow. Every method raises `StoreUnavailable` when the store can't be reached."""

    async def append(self, stream: str, events: Sequence[NewEvent], expected: int) -> int:
        """Append all events or none; return the stream's new revision, once they are durable.

        KurrentDB's decision table: `expected` is the current revision (`NO_STREAM` for a new stream) → accepted; lower,
        and the same ids already follow it in the same order → success again, with the revision that the first time
        gave; anything else → `WrongExpectedRevision`. Two equal ids in `events` → `DuplicateEventId`. No events →
        `expected`. More bytes together than the store takes → `EventTooLarge`.
        """
        ...

    async def read(self, stream: str, after: int = NO_STREAM, limit: int | None = None) -> Sequence[StoredEvent]:
        """Return the events of a stream with a revision greater than `after`, in order; a missing stream has none."""
        ...

    async def last(self, stream: str) -> StoredEvent | None:
        """Return the newest event of a stream."""
        ...

    def read_all(self, after: int = START, categories: Sequence[str] = ()) -> AsyncIterator[Sequence[StoredEvent]]:
        """Yield pages of the log after a position, up to its present end. No categories: all of them."""
        ...

    def subscribe_all(self, after: int = START, categories: Sequence[str] = ()) -> AsyncIterator[Sequence[StoredEvent]]:
        """Yield pages of the log after a position, for ever: what is there, then what comes, without gap or double."""
        ...
