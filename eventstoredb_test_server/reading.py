"""Reads of streams and of the log in pages, and endless reads for subscriptions."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from chassis.adapters.sqlite.database import Database
from eventstoredb_test_server.appending import StreamDeleted
from eventstoredb_test_server.tables import (
    TOMBSTONE,
    EventFilter,
    Row,
    StreamState,
    events_at,
    is_position,
    log_end,
    scan_log,
    stream_events,
    stream_state,
)

LOG_CHANGED = "log"
"""The key of the notification that subscriptions wait for and every append sends."""

_PAGE_EVENTS = 32
"""Events read from the database at once; each may have a megabyte."""


@dataclass(frozen=True)
class Page:
    """Matching events of the log; `scanned` events were scanned for them, up to position `scanned_to`."""

    events: Sequence[Row]
    scanned_to: int
    scanned: int


@dataclass(frozen=True)
class Reader:
    """Reads on the event loop's thread, in small steps; holds at most one page in memory."""

    database: Database

    def end(self) -> int:
        """Return the position of the newest event."""
        return self.database.read_now(log_end)

    def is_readable_from(self, position: int) -> bool:
        """Return whether the log can be read from a position: the start, an event's, or one beyond the end."""
        return position <= 0 or position > self.end() or self._has_event_at(position)

    def count_after(self, position: int, event_filter: EventFilter | None) -> int:
        """Return how many of the next events of the log after a position match a filter."""
        following = self._scan(position, backwards=False)
        return sum(event_filter is None or event_filter.matches(*event[1:]) for event in following)

    def state(self, stream: str) -> StreamState:
        """Return the state of a stream. Raises `StreamDeleted` for a tombstoned one."""
        state = self._state(stream)
        if state.is_tombstoned:
            raise StreamDeleted(stream)
        return state

    def read_stream(self, state: StreamState, first: int, limit: int, *, backwards: bool) -> Iterator[Row]:
        """Yield up to `limit` events of a stream, starting at a revision."""
        step = -1 if backwards else 1
        while limit > 0 and (page := self._stream_page(state, first, min(limit, _PAGE_EVENTS), backwards=backwards)):
            yield from page
            if page[-1].revision == TOMBSTONE:
                return
            first, limit = page[-1].revision + step, limit - len(page)

    async def read_log(
        self, position: int, event_filter: EventFilter | None, *, backwards: bool = False
    ) -> AsyncIterator[Page]:
        """Yield the log after (or before) a position, to its end."""
        while found := self._scan(position, backwards=backwards):
            positions = [
                at
                for at, stream, event_type in found
                if event_filter is None or event_filter.matches(stream, event_type)
            ]
            for start in range(0, len(positions), _PAGE_EVENTS):
                matching = positions[start : start + _PAGE_EVENTS]
                yield Page(self._events_at(matching), matching[-1], 0)
            position = found[-1][0]
            yield Page([], position, len(found))
            await asyncio.sleep(0)

    async def follow_log(self, position: int, event_filter: EventFilter | None) -> AsyncIterator[Page | None]:
        """Yield the log after a position forever; None each time its end is reached."""
        with self.database.waiters.watching([LOG_CHANGED]) as changed:
            while True:
                changed.clear()
                async for page in self.read_log(position, event_filter):
                    yield page
                    position = page.scanned_to
                yield None
                await changed.wait()

    async def follow_stream(self, stream: str, after: int) -> AsyncIterator[Row | None]:
        """Yield a stream after a revision, None each time its end is reached, and last the tombstone.

        Raises `StreamDeleted` after the tombstone.
        """
        with self.database.waiters.watching([LOG_CHANGED]) as changed:
            while True:
                changed.clear()
                state = self._state(stream)
                for row in self.read_stream(state, after + 1, TOMBSTONE, backwards=False):
                    yield row
                    after = row.revision
                if state.is_tombstoned:
                    raise StreamDeleted(stream)
                yield None
                await changed.wait()

    def _state(self, stream: str) -> StreamState:
        return self.database.read_now(lambda connection: stream_state(connection, stream))

    def _has_event_at(self, position: int) -> bool:
        return self.database.read_now(lambda connection: is_position(connection, position))

    def _scan(self, position: int, *, backwards: bool) -> list[tuple[int, str, str]]:
        return self.database.read_now(lambda connection: scan_log(connection, position, backwards=backwards))

    def _events_at(self, positions: Sequence[int]) -> list[Row]:
        return self.database.read_now(lambda connection: events_at(connection, positions))

    def _stream_page(self, state: StreamState, first: int, limit: int, *, backwards: bool) -> list[Row]:
        return self.database.read_now(
            lambda connection: stream_events(connection, state, first, limit, backwards=backwards)
        )
