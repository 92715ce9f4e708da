"""The SQLite tables of streams and events, and queries by stream revision and by log position."""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

TOMBSTONE = 2**63 - 1
"""The revision of the last event of a tombstoned stream."""

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
_SCAN_EVENTS = 500
"""Events of the log that one query scans, which blocks the event loop for about a millisecond."""


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
    """The state of a stream; `number` is None and `last` is -1 when it does not exist."""

    number: int | None
    last: int
    truncate_before: int

    @property
    def is_tombstoned(self) -> bool:
        """Whether it is tombstoned: it can never be appended to again."""
        return self.last == TOMBSTONE

    @property
    def is_deleted(self) -> bool:
        """Whether it is soft-deleted: an append recreates it."""
        return self.truncate_before == TOMBSTONE


@dataclass
class EventFilter:
    """A filter of the log by stream name or event type, with a regular expression or prefixes.

    Without either nothing matches, nor does an empty prefix.
    """

    by_stream: bool = False
    regex: str = ""
    prefixes: Sequence[str] = ()
    _results: dict[str, bool] = field(default_factory=dict[str, bool], init=False)

    def matches(self, stream: str, event_type: str) -> bool:
        """Return whether an event passes the filter."""
        tested = stream if self.by_stream else event_type
        if tested not in self._results:
            self._results[tested] = self._matches(tested)
        return self._results[tested]

    def _matches(self, tested: str) -> bool:
        if self.regex:
            return re.search(self.regex, tested) is not None
        return tested.startswith(tuple(filter(None, self.prefixes)))


def stream_state(connection: sqlite3.Connection, stream: str) -> StreamState:
    """Return the state of a stream. The metadata stream of a tombstoned stream is tombstoned too."""
    found = connection.execute(
        "SELECT id, (SELECT max(revision) FROM events WHERE stream = streams.id), truncate_before"
        " FROM streams WHERE name = ?",
        (stream,),
    ).fetchone()
    state = StreamState(found[0], -1 if found[1] is None else found[1], found[2]) if found else StreamState(None, -1, 0)
    if stream.startswith("$$") and stream_state(connection, stream.removeprefix("$$")).is_tombstoned:
        return state._replace(last=TOMBSTONE)
    return state


def log_end(connection: sqlite3.Connection) -> int:
    """Return the position of the newest event, -1 before the first."""
    return connection.execute("SELECT coalesce(max(position), -1) FROM events").fetchone()[0]


def is_position(connection: sqlite3.Connection, position: int) -> bool:
    """Return whether an event has this position."""
    return connection.execute("SELECT 1 FROM events WHERE position = ?", (position,)).fetchone() is not None


def stream_events(
    connection: sqlite3.Connection, state: StreamState, first: int, limit: int, *, backwards: bool = False
) -> list[Row]:
    """Return up to `limit` events of a stream, starting at a revision."""
    compared, order = ("<=", "DESC") if backwards else (">=", "ASC")
    statement = (
        f"{_EVENTS} WHERE events.stream = ? AND revision {compared} ? AND revision >= ?"
        f" ORDER BY revision {order} LIMIT ?"
    )
    values = (state.number, first, state.truncate_before, limit)
    return [Row(*row) for row in connection.execute(statement, values).fetchall()]


def scan_log(connection: sqlite3.Connection, position: int, *, backwards: bool = False) -> list[tuple[int, str, str]]:
    """Return position, stream name and type of the next events of the log after (or before) a position."""
    compared, order = ("<", "DESC") if backwards else (">", "ASC")
    statement = (
        "SELECT position, name, type FROM events INDEXED BY events_in_log CROSS JOIN streams"
        f" ON streams.id = events.stream WHERE position {compared} ? ORDER BY position {order} LIMIT {_SCAN_EVENTS}"
    )
    return connection.execute(statement, (position,)).fetchall()


def events_at(connection: sqlite3.Connection, positions: Sequence[int]) -> list[Row]:
    """Return the events at these positions, in their order."""
    marks = ", ".join("?" * len(positions))
    rows = connection.execute(f"{_EVENTS} WHERE position IN ({marks})", positions).fetchall()
    return sorted((Row(*row) for row in rows), key=lambda row: positions.index(row.position))
