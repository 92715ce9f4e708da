"""How the events lie in the database, and reading them: by stream and by their place in the log."""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

TOMBSTONE = 2**63 - 1
"""The revision of the last event of a stream that is gone for ever."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS streams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    truncate_before INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES streams (id),
    revision INTEGER NOT NULL,
    id BLOB NOT NULL,
    type TEXT NOT NULL,
    content_type TEXT NOT NULL,
    created INTEGER NOT NULL,
    data BLOB NOT NULL,
    metadata BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS events_by_stream ON events (stream, revision);
CREATE INDEX IF NOT EXISTS events_in_log ON events (position, stream, type)
"""
_COLUMNS = "position, name, revision, events.id, type, content_type, created, data, metadata"
_EVENTS = f"SELECT {_COLUMNS} FROM events CROSS JOIN streams ON streams.id = events.stream"
_LOOKED_AT = 500
"""How many events of the log are looked at in one step, which keeps the event loop busy for about a millisecond."""


class Row(NamedTuple):
    """An event as stored; `created` in ticks of 100 ns since 1970."""

    position: int
    stream: str
    revision: int
    id: bytes
    type: str
    content_type: str
    created: int
    data: bytes
    metadata: bytes


class StreamState(NamedTuple):
    """What is known of a stream; `number` is None and `last` is -1 for one that never was."""

    number: int | None
    last: int
    truncate_before: int

    @property
    def is_gone(self) -> bool:
        """Whether it was tombstoned."""
        return self.last == TOMBSTONE

    @property
    def is_deleted(self) -> bool:
        """Whether it was deleted, and can begin again."""
        return self.truncate_before == TOMBSTONE


@dataclass
class Filter:
    """Which events of the log are wanted: those whose stream's name or type matches."""

    by_stream: bool = False
    regex: str = ""
    prefixes: Sequence[str] = ()
    _known: dict[str, bool] = field(default_factory=dict[str, bool], init=False)

    def wants(self, stream: str, event_type: str) -> bool:
        """Say it of one event."""
        tested = stream if self.by_stream else event_type
        if tested not in self._known:
            self._known[tested] = self._matches(tested)
        return self._known[tested]

    def _matches(self, tested: str) -> bool:
        if self.prefixes:
            return tested.startswith(tuple(self.prefixes))
        return re.search(self.regex, tested) is not None


def state_of(connection: sqlite3.Connection, stream: str) -> StreamState:
    """Return what is known of a stream."""
    found = connection.execute(
        "SELECT id, (SELECT max(revision) FROM events WHERE stream = streams.id), truncate_before"
        " FROM streams WHERE name = ?",
        (stream,),
    ).fetchone()
    return StreamState(found[0], -1 if found[1] is None else found[1], found[2]) if found else StreamState(None, -1, 0)


def end_of(connection: sqlite3.Connection) -> int:
    """Return the position of the newest event, -1 before the first."""
    return connection.execute("SELECT coalesce(max(position), -1) FROM events").fetchone()[0]


def of_stream(
    connection: sqlite3.Connection, state: StreamState, first: int, limit: int, *, backwards: bool = False
) -> list[Row]:
    """Return some events of a stream, from a revision on."""
    compared, order = ("<=", "DESC") if backwards else (">=", "ASC")
    statement = (
        f"{_EVENTS} WHERE events.stream = ? AND revision {compared} ? AND revision >= ?"
        f" ORDER BY revision {order} LIMIT ?"
    )
    values = (state.number, first, state.truncate_before, limit)
    return [Row(*row) for row in connection.execute(statement, values).fetchall()]


def looked_at(connection: sqlite3.Connection, place: int, *, backwards: bool = False) -> list[tuple[int, str, str]]:
    """Return position, stream and type of the next events of the log, without those at `place` itself."""
    compared, order = ("<", "DESC") if backwards else (">", "ASC")
    statement = (
        "SELECT position, name, type FROM events INDEXED BY events_in_log CROSS JOIN streams"
        f" ON streams.id = events.stream WHERE position {compared} ? ORDER BY position {order} LIMIT {_LOOKED_AT}"
    )
    return connection.execute(statement, (place,)).fetchall()


def at_positions(connection: sqlite3.Connection, positions: Sequence[int]) -> list[Row]:
    """Return the events at these positions, in their order."""
    marks = ", ".join("?" * len(positions))
    rows = connection.execute(f"{_EVENTS} WHERE position IN ({marks})", positions).fetchall()
    return sorted((Row(*row) for row in rows), key=lambda row: positions.index(row.position))
