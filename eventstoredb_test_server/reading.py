"""Reading streams and the log in pages, and following them: what is there, then what comes."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from chassis.adapters.sqlite.database import Database
from eventstoredb_test_server.appending import StreamDeleted
from eventstoredb_test_server.log_table import (
    TOMBSTONE,
    Filter,
    Row,
    StreamState,
    at_positions,
    end_of,
    looked_at,
    of_stream,
    state_of,
)

LOG = "log"
"""What followers watch and every append wakes."""

_PAGE = 32
"""How many events are taken from the database at once: each may have a megabyte."""


@dataclass(frozen=True)
class Page:
    """Some events of the log that were wanted; the log was looked at up to `reached`, at `looked_at` events."""

    events: Sequence[Row]
    reached: int
    looked_at: int


@dataclass(frozen=True)
class Reader:
    """Reads on the event loop itself, in small steps; nothing is held longer than a page."""

    database: Database

    def end(self) -> int:
        """Return the position of the newest event."""
        return self.database.read_now(end_of)

    def state(self, stream: str) -> StreamState:
        """Return what is known of a stream. Raises `StreamDeleted` for one that is gone."""
        state = self.database.read_now(lambda connection: state_of(connection, stream))
        if state.is_gone:
            raise StreamDeleted(stream)
        return state

    def of_stream(self, state: StreamState, first: int, limit: int, *, backwards: bool) -> Iterator[Row]:
        """Yield events of a stream from a revision on."""
        step = -1 if backwards else 1
        while limit > 0 and (page := self._of_stream(state, first, min(limit, _PAGE), backwards=backwards)):
            yield from page
            first, limit = page[-1].revision + step, limit - len(page)

    async def log(self, place: int, wanted: Filter | None, *, backwards: bool = False) -> AsyncIterator[Page]:
        """Yield the log after (or before) a position, to its end."""
        while found := self._looked_at(place, backwards=backwards):
            positions = [at for at, stream, kind in found if wanted is None or wanted.wants(stream, kind)]
            for start in range(0, len(positions), _PAGE):
                some = positions[start : start + _PAGE]
                yield Page(self._at(some), some[-1], 0)
            place = found[-1][0]
            yield Page([], place, len(found))
            await asyncio.sleep(0)

    async def follow_log(self, place: int, wanted: Filter | None) -> AsyncIterator[Page | None]:
        """Yield the log after a position for ever; None says each time that its end is reached."""
        with self.database.waiters.watching([LOG]) as changed:
            while True:
                changed.clear()
                async for page in self.log(place, wanted):
                    yield page
                    place = page.reached
                yield None
                await changed.wait()

    async def follow_stream(self, stream: str, after: int) -> AsyncIterator[Row | None]:
        """Yield a stream after a revision for ever; None says each time that its end is reached."""
        with self.database.waiters.watching([LOG]) as changed:
            while True:
                changed.clear()
                for row in self.of_stream(self.state(stream), after + 1, TOMBSTONE, backwards=False):
                    yield row
                    after = row.revision
                yield None
                await changed.wait()

    def _looked_at(self, place: int, *, backwards: bool) -> list[tuple[int, str, str]]:
        return self.database.read_now(lambda connection: looked_at(connection, place, backwards=backwards))

    def _at(self, positions: Sequence[int]) -> list[Row]:
        return self.database.read_now(lambda connection: at_positions(connection, positions))

    def _of_stream(self, state: StreamState, first: int, limit: int, *, backwards: bool) -> list[Row]:
        return self.database.read_now(
            lambda connection: of_stream(connection, state, first, limit, backwards=backwards)
        )
