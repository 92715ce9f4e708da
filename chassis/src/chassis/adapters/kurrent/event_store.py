"""The event store on EventStoreDB / KurrentDB."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from chassis.adapters.kurrent.appending import Appender, size_of
from chassis.adapters.kurrent.connection import Connection
from chassis.adapters.kurrent.reading import SCAN_TIMEOUT_FACTOR, Reader, read_log, stream_name_pattern
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

_MAX_APPEND_BYTES = 1024 * 1024 - 4096
"""Maximum size of one append: the server's default limit of 1 MiB, less a margin."""

_MAX_SILENCE_SECONDS = 10.0


class KurrentEventStore:
    """An `EventStore` on EventStoreDB. Its calls have timeouts, and work again as soon as the server is back."""

    def __init__(self, connection: Connection, max_silence: float) -> None:
        self._connection, self._max_silence = connection, max_silence
        self._reader, self._appender = Reader(connection), Appender(connection)

    async def append(self, stream: str, events: Sequence[NewEvent], expected: int) -> int:
        """Append all events or none; see the port. Raises `EventTooLarge` above 1 MiB in total.

        The driver retries a request whose response was lost: safe, because ids and expected revision are the same.
        """
        if len({event.id for event in events}) != len(events):
            raise DuplicateEventId(f"two events with one id for {stream}")
        if not events:
            return expected
        _check_size(events)
        if expected < NO_STREAM:
            last = await self.last(stream)
            raise WrongExpectedRevision(stream, expected, last.revision if last else NO_STREAM)
        await self._appender.append(stream, events, expected)
        return expected + len(events)

    async def read(self, stream: str, after: int = NO_STREAM, limit: int | None = None) -> Sequence[StoredEvent]:
        """Return the events of a stream after a revision."""
        events: list[StoredEvent] = []
        is_last = limit == 0 or _is_system_stream(stream)
        while not is_last:
            page = await self._reader.stream(stream, after, None if limit is None else limit - len(events))
            events += page.events
            is_last = page.is_last or len(events) == limit
            after = events[-1].revision if events else after
        return events

    async def last(self, stream: str) -> StoredEvent | None:
        """Return the last event of a stream."""
        return None if _is_system_stream(stream) else await self._reader.last(stream)

    async def read_all(
        self, after: int = START, categories: Sequence[str] = ()
    ) -> AsyncIterator[Sequence[StoredEvent]]:
        """Yield pages of the log up to its end at the time of the call."""
        end = await self._reader.end()
        if after >= end:
            return
        request = partial(read_log, after=after, pattern=stream_name_pattern(categories))
        timeout = SCAN_TIMEOUT_FACTOR * self._connection.timeout_seconds
        async with SubscriptionBuffer(self._connection, request, after) as buffer:
            while after < end and (events := await buffer.next_page(timeout)) is not None:
                if not events:
                    raise StoreUnavailable("event store: the server did not answer in time")
                after = events[-1].position
                if page := [event for event in events if event.position <= end]:
                    yield page

    def subscribe_all(self, after: int = START, categories: Sequence[str] = ()) -> AsyncIterator[Sequence[StoredEvent]]:
        """Yield pages of the log forever. Raises `StoreUnavailable` after an interruption of more than some seconds."""
        return Subscription(self._connection, after, stream_name_pattern(categories), self._max_silence).pages()


@asynccontextmanager
async def kurrent_event_store(
    uri: str, *, max_silence: float = _MAX_SILENCE_SECONDS
) -> AsyncGenerator[KurrentEventStore]:
    """Open the event store of a connection string; the server does not have to run yet.

    `max_silence`: seconds without an event after which a subscription checks whether it missed some. Raises
    `InvalidConnectionString`.
    """
    connection = Connection(uri)
    try:
        yield KurrentEventStore(connection, max_silence)
    finally:
        await connection.close()


def _is_system_stream(stream: str) -> bool:
    return stream.startswith("$")


def _check_size(events: Sequence[NewEvent]) -> None:
    size = size_of(events)
    if size > _MAX_APPEND_BYTES:
        raise EventTooLarge(size, _MAX_APPEND_BYTES)
