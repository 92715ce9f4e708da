"""The event store in EventStoreDB / KurrentDB."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from kurrentdbclient import AsyncKurrentDBClient, StreamState
from kurrentdbclient import NewEvent as NewRecord
from kurrentdbclient.exceptions import MaximumAppendSizeExceededError, WrongCurrentVersionError

from chassis.adapters.kurrent.connection import Connection
from chassis.adapters.kurrent.reading import SEARCH, Reader, pattern_of, read_log
from chassis.adapters.kurrent.subscription import Subscription
from chassis.adapters.kurrent.subscription_buffer import SubscriptionBuffer
from chassis.ports.event_store import (
    NO_STREAM,
    START,
    DuplicateEventId,
    EventTooLarge,
    NewEvent,
    StoredEvent,
    StoreUnavailable,
    WrongExpectedRevision,
)

_LARGEST_APPEND = 1024 * 1024 - 4096
"""Bytes of all events of one append: the server's usual limit of 1 MiB, less a margin."""

_SILENCE_SECONDS = 10.0


class KurrentEventStore:
    """An `EventStore` on a server. It never waits long, and recovers by itself when the server is back."""

    def __init__(self, connection: Connection, silence: float) -> None:
        self._connection, self._silence = connection, silence
        self._reader = Reader(connection)

    async def append(self, stream: str, events: Sequence[NewEvent], expected: int) -> int:
        """Append all events or none; see the port. Raises `EventTooLarge` for more than 1 MiB together.

        The driver sends again by itself when an answer is lost: with the same ids and an exact revision, which is safe.
        """
        if len({event.id for event in events}) != len(events):
            raise DuplicateEventId(f"two events with one id for {stream}")
        if not events:
            return expected
        _refuse_too_large(events)
        if expected < NO_STREAM:
            last = await self.last(stream)
            raise WrongExpectedRevision(stream, expected, last.revision if last else NO_STREAM)
        await self._connection.ask(lambda client: self._append(client, stream, events, expected))
        return expected + len(events)

    async def read(self, stream: str, after: int = NO_STREAM, limit: int | None = None) -> Sequence[StoredEvent]:
        """Return the events of a stream after a revision."""
        events: list[StoredEvent] = []
        is_last = limit == 0 or _is_the_systems(stream)
        while not is_last:
            page = await self._reader.stream(stream, after, None if limit is None else limit - len(events))
            events += page.events
            is_last = page.is_last or len(events) == limit
            after = events[-1].revision if events else after
        return events

    async def last(self, stream: str) -> StoredEvent | None:
        """Return the newest event of a stream."""
        return None if _is_the_systems(stream) else await self._reader.last(stream)

    async def read_all(
        self, after: int = START, categories: Sequence[str] = ()
    ) -> AsyncIterator[Sequence[StoredEvent]]:
        """Yield pages of the log up to where it ended at the call."""
        end, begin = await self._reader.end(), partial(read_log, after=after, pattern=pattern_of(categories))
        async with SubscriptionBuffer(self._connection, begin, after) as buffer:
            while after < end and (events := await buffer.take(SEARCH * self._connection.seconds)) is not None:
                if not events:
                    raise StoreUnavailable("event store: it did not answer in time")
                after = events[-1].position
                if wanted := [event for event in events if event.position <= end]:
                    yield wanted

    def subscribe_all(self, after: int = START, categories: Sequence[str] = ()) -> AsyncIterator[Sequence[StoredEvent]]:
        """Yield pages of the log for ever. An interruption of some seconds is borne; then `StoreUnavailable`."""
        return Subscription(self._connection, after, pattern_of(categories), self._silence).pages()

    async def _append(
        self, client: AsyncKurrentDBClient, stream: str, events: Sequence[NewEvent], expected: int
    ) -> None:
        try:
            await client.append_to_stream(
                stream,
                events=[NewRecord(event.type, event.data, event.metadata, id=event.id) for event in events],
                current_version=StreamState.NO_STREAM if expected == NO_STREAM else expected,
                timeout=self._connection.seconds,
            )
        except WrongCurrentVersionError as wrong:
            actual = wrong.actual_version if isinstance(wrong.actual_version, int) else NO_STREAM
            raise WrongExpectedRevision(stream, expected, actual) from None
        except MaximumAppendSizeExceededError:
            raise EventTooLarge(_size(events)) from None


@asynccontextmanager
async def kurrent_event_store(uri: str, *, silence: float = _SILENCE_SECONDS) -> AsyncGenerator[KurrentEventStore]:
    """Open the event store at a connection string; no server has to be there yet.

    `silence`: seconds without an event after which a subscription looks whether it missed some. Raises
    `RefusedConnectionString`.
    """
    connection = Connection(uri)
    try:
        yield KurrentEventStore(connection, silence)
    finally:
        await connection.close()


def _is_the_systems(stream: str) -> bool:
    return stream.startswith("$")


def _refuse_too_large(events: Sequence[NewEvent]) -> None:
    size = _size(events)
    if size > _LARGEST_APPEND:
        raise EventTooLarge(size, _LARGEST_APPEND)


def _size(events: Sequence[NewEvent]) -> int:
    """Return the bytes as the server counts them: it holds types as UTF-16."""
    return sum(len(event.data) + len(event.metadata) + 2 * len(event.type) for event in events)
