"""Event store in one SQLite file."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from chassis.adapters.sqlite.database import Database, opened
from chassis.adapters.sqlite.recent import Recent
from chassis.adapters.sqlite.rows import insert_rows
from chassis.ports.event_store import (
    NO_STREAM,
    START,
    DuplicateEventId,
    NewEvent,
    PositionNotInLog,
    StoredEvent,
    WrongExpectedRevision,
    category,
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES streams (id),
    revision INTEGER NOT NULL,
    category TEXT NOT NULL,
    id BLOB NOT NULL,
    type TEXT NOT NULL,
    data BLOB NOT NULL,
    metadata BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS events_by_stream ON events (stream, revision);
CREATE INDEX IF NOT EXISTS events_by_category ON events (category);
CREATE TRIGGER IF NOT EXISTS events_stay BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE TRIGGER IF NOT EXISTS events_stay_as_they_are BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END
"""
# Without AUTOINCREMENT, SQLite may reuse the position of a deleted last event (ADR 8). AUTOINCREMENT would write one
# more page per commit; the triggers, which forbid deletion, write none.
_COLUMNS = "events.id, type, data, metadata, name, revision, position"
_LOG = f"SELECT {_COLUMNS} FROM events CROSS JOIN streams ON streams.id = events.stream"
_CATEGORY = (
    f"SELECT {_COLUMNS} FROM events INDEXED BY events_by_category CROSS JOIN streams ON streams.id = events.stream"
    " WHERE category = ? AND position > ? AND position <= ?"
)
_STREAM = "SELECT id, type, data, metadata, ?1, revision, position FROM events"
_WHERE_STREAM = "WHERE stream = (SELECT id FROM streams WHERE name = ?1)"
_PAGE = 1000
_PAGE_SECONDS = 0.005
"""A page has the events of so many seconds after the page before; an event after a longer silence comes at once."""

_ANY_CATEGORY = object()
_Row = tuple[bytes, str, bytes, bytes, str, int, int]


class SqliteEventStore:
    """An `EventStore`. Positions become visible in order, because one transaction at a time assigns them.

    Subscriptions of this process receive an event that it appended as one object, without reading the file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._recent = Recent[StoredEvent]()

    async def append(self, stream: str, events: Sequence[NewEvent], expected: int) -> int:
        """Append all events or none; the port has the decision table."""
        if len({event.id.int for event in events}) != len(events):
            raise DuplicateEventId(f"two events with one id for {stream}")
        if not events:
            return expected
        await self._database.write(
            lambda connection: _append(connection, stream, events, expected),
            (_ANY_CATEGORY, category(stream)),
            self._remember,
        )
        return expected + len(events)

    async def read(self, stream: str, after: int = NO_STREAM, limit: int | None = None) -> Sequence[StoredEvent]:
        """Return the events of a stream after a revision."""
        statement = f"{_STREAM} {_WHERE_STREAM} AND revision > ?2 ORDER BY revision LIMIT ?3"
        return await self._select(statement, (stream, after, -1 if limit is None else limit))

    async def last(self, stream: str) -> StoredEvent | None:
        """Return the newest event of a stream."""
        found = await self._select(f"{_STREAM} {_WHERE_STREAM} ORDER BY revision DESC LIMIT 1", (stream,))
        return found[0] if found else None

    async def read_all(
        self, after: int = START, categories: Sequence[str] = ()
    ) -> AsyncIterator[Sequence[StoredEvent]]:
        """Yield pages of the log up to its end at the call."""
        async for page in self._pages(after, await self._database.read(_end), categories):
            yield page

    async def subscribe_all(
        self, after: int = START, categories: Sequence[str] = ()
    ) -> AsyncIterator[Sequence[StoredEvent]]:
        """Yield pages of the log for ever. Raises `PositionNotInLog`."""
        end = await self._database.read(_end)
        if after > end:
            raise PositionNotInLog(
                f"event store: the log ends at {end}, before the checkpoint {after}:"
                " the log was restored or replaced, see docs/operations.md"
            )
        foreign_changes, loop = -1, asyncio.get_running_loop()
        with self._database.waiters.watching(categories or [_ANY_CATEGORY]) as changed:
            while True:
                next_at = loop.time() + _PAGE_SECONDS
                changed.clear()
                appended = (
                    self._recent.after(after) if foreign_changes == self._database.waiters.foreign_changes else None
                )
                if appended is None:
                    foreign_changes = self._database.waiters.foreign_changes
                    end = await self._database.read(_end)
                    async for page in self._pages(after, end, categories):
                        yield page
                    after = max(after, end)
                elif appended:
                    after = appended[-1].position
                    if page := [event for event in appended if not categories or category(event.stream) in categories]:
                        yield page
                await changed.wait()
                if (pause := next_at - loop.time()) > 0:
                    await asyncio.sleep(pause)

    async def _pages(self, after: int, end: int, categories: Sequence[str]) -> AsyncIterator[Sequence[StoredEvent]]:
        while after < end and (page := await self._page(after, end, categories)):
            yield page
            after = page[-1].position

    def _remember(self, appended: Sequence[StoredEvent]) -> None:
        for event in appended:
            self._recent.add(event.position, event, len(event.data) + len(event.metadata))

    async def _page(self, after: int, end: int, categories: Sequence[str]) -> Sequence[StoredEvent]:
        if not categories:
            statement = f"{_LOG} WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"
            return await self._select(statement, (after, end, _PAGE))
        names = set(categories)
        statement = " UNION ALL ".join([_CATEGORY] * len(names)) + " ORDER BY position LIMIT ?"
        values = [value for name in names for value in (name, after, end)]
        return await self._select(statement, (*values, _PAGE))

    async def _select(self, statement: str, values: Sequence[str | int]) -> Sequence[StoredEvent]:
        return await self._database.read(lambda connection: _stored(connection.execute(statement, values).fetchall()))


@asynccontextmanager
async def sqlite_event_store(path: Path) -> AsyncGenerator[SqliteEventStore]:
    """Open the event store in a file."""
    async with opened(path, SCHEMA) as database:
        yield SqliteEventStore(database)


@asynccontextmanager
async def copied_event_store(path: Path) -> AsyncGenerator[SqliteEventStore]:
    """Open the event store in a copied file, for reading: its schema stays as it was copied."""
    async with opened(path) as database:
        yield SqliteEventStore(database)


def newest_event(connection: sqlite3.Connection) -> StoredEvent | None:
    """Return the last event of the log."""
    found = _stored(connection.execute(f"{_LOG} ORDER BY position DESC LIMIT 1").fetchall())
    return found[0] if found else None


def _append(
    connection: sqlite3.Connection, stream: str, events: Sequence[NewEvent], expected: int
) -> Sequence[StoredEvent]:
    """Append events; return them as stored, none if they were stored before."""
    found = connection.execute(
        "SELECT id, (SELECT max(revision) FROM events WHERE stream = streams.id) FROM streams WHERE name = ?", (stream,)
    ).fetchone()
    stream_id, actual = found or (None, NO_STREAM)
    if actual == expected:
        return _insert(connection, stream, stream_id, events, expected)
    if not _is_repeated(connection, stream_id, events, expected):
        raise WrongExpectedRevision(stream, expected, actual)
    return ()


def _insert(
    connection: sqlite3.Connection, stream: str, stream_id: int | None, events: Sequence[NewEvent], expected: int
) -> Sequence[StoredEvent]:
    if stream_id is None:
        stream_id = connection.execute("INSERT INTO streams (name) VALUES (?)", (stream,)).lastrowid
    stream_category = category(stream)
    rows = [
        (stream_id, revision, stream_category, event.id.int.to_bytes(16, "big"), event.type, event.data, event.metadata)
        for revision, event in enumerate(events, expected + 1)
    ]
    last = insert_rows(connection, "INSERT INTO events (stream, revision, category, id, type, data, metadata)", rows)
    # Each row gets the position after the largest one, and nobody else inserts during a transaction.
    first = (last or 0) - len(rows) + 1
    return [
        StoredEvent(event.id, event.type, event.data, event.metadata, stream, expected + 1 + index, first + index)
        for index, event in enumerate(events)
    ]


def _is_repeated(
    connection: sqlite3.Connection, stream_id: int | None, events: Sequence[NewEvent], expected: int
) -> bool:
    statement = "SELECT id FROM events WHERE stream = ? AND revision > ? ORDER BY revision LIMIT ?"
    stored = connection.execute(statement, (stream_id, expected, len(events))).fetchall()
    return expected >= NO_STREAM and [event_id for (event_id,) in stored] == [event.id.bytes for event in events]


def _end(connection: sqlite3.Connection) -> int:
    return connection.execute("SELECT coalesce(max(position), ?) FROM events", (START,)).fetchone()[0]


def _stored(rows: list[_Row]) -> list[StoredEvent]:
    from_bytes = int.from_bytes
    return [
        StoredEvent(UUID(int=from_bytes(event_id)), wire_type, data, metadata, stream, revision, position)
        for event_id, wire_type, data, metadata, stream, revision, position in rows
    ]
