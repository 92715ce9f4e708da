"""Appending by EventStoreDB's decision table. Everything here runs inside a transaction of the one writer."""

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from eventstoredb_test_server.log_table import TOMBSTONE, StreamState, end_of, state_of

NO_STREAM, ANY, EXISTS = -1, -2, -4
"""Expected revisions that are no revision, as the server numbers them in its messages."""

_RECORD_BYTES = 100
"""What an event takes in the log beside its own bytes: positions are places in a file, so they have holes."""


@dataclass(frozen=True)
class Proposed:
    """An event that somebody wants to append."""

    id: bytes
    type: str
    content_type: str
    data: bytes
    metadata: bytes

    @property
    def size(self) -> int:
        """How the server counts it against the largest append."""
        return len(self.data) + len(self.metadata) + 2 * len(self.type)


@dataclass(frozen=True)
class Appended:
    """Where the last of the events is now, or was already."""

    revision: int
    position: int


class WrongVersion(Exception):
    """The stream is not where the client thinks."""

    def __init__(self, current: int) -> None:
        super().__init__(str(current))
        self.current = current


class StreamDeleted(Exception):
    """The stream is gone."""


def append(connection: sqlite3.Connection, stream: str, events: Sequence[Proposed], expected: int) -> Appended:
    """Append the events, or find that they were appended already. Raises `WrongVersion` or `StreamDeleted`."""
    state = state_of(connection, stream)
    _refuse_deleted(connection, stream, state, expected)
    repeated = _repeated(connection, state, events, expected)
    if repeated is not None:
        return _appended(connection, state, repeated)
    if state.is_deleted:
        _set_metadata(connection, stream, {"$tb": state.last + 1})
    return _insert(connection, stream, state, events)


def delete(connection: sqlite3.Connection, stream: str, expected: int) -> int:
    """Delete a stream so that it can begin again; return the position of that fact."""
    state = state_of(connection, stream)
    _refuse_deleted(connection, stream, state, expected)
    if expected not in (ANY, EXISTS, state.last):
        raise WrongVersion(state.last)
    return _set_metadata(connection, stream, {"$tb": TOMBSTONE}).position


def tombstone(connection: sqlite3.Connection, stream: str, expected: int) -> int:
    """Delete a stream for ever; return the position of that fact."""
    state = state_of(connection, stream)
    _refuse_deleted(connection, stream, state, expected)
    if expected not in (ANY, EXISTS, state.last):
        raise WrongVersion(state.last)
    event = Proposed(uuid4().bytes, "$streamDeleted", "application/octet-stream", b"", b"")
    return _insert(connection, stream, state._replace(last=TOMBSTONE - 1), [event]).position


def _refuse_deleted(connection: sqlite3.Connection, stream: str, state: StreamState, expected: int) -> None:
    if state.is_gone or (expected == EXISTS and state.is_deleted):
        raise StreamDeleted(stream)
    if expected == EXISTS and state.last < 0 and state_of(connection, f"$${stream}").last < 0:
        raise WrongVersion(state.last)


def _repeated(
    connection: sqlite3.Connection, state: StreamState, events: Sequence[Proposed], expected: int
) -> int | None:
    """Return the revision that these events have already, None when they are to be appended."""
    if expected in (ANY, EXISTS):
        return _known_revision(connection, state, events)
    if expected == state.last:
        return None
    if expected > state.last or not events:
        raise WrongVersion(state.last)
    stored = _ids_after(connection, state, expected, len(events))
    if stored == [event.id for event in events]:
        return expected + len(events)
    if expected == NO_STREAM and state.is_deleted and stored[0] != events[0].id:
        return None
    raise WrongVersion(state.last)


def _known_revision(connection: sqlite3.Connection, state: StreamState, events: Sequence[Proposed]) -> int | None:
    revision: int | None = None
    for index, event in enumerate(events):
        statement = "SELECT max(revision) FROM events WHERE stream = ? AND id = ?"
        found = connection.execute(statement, (state.number, event.id)).fetchone()[0]
        if found is None and index == 0:
            return None
        if found is None:
            raise WrongVersion(state.last)
        revision = found
    return revision


def _ids_after(connection: sqlite3.Connection, state: StreamState, revision: int, count: int) -> list[bytes]:
    statement = "SELECT id FROM events WHERE stream = ? AND revision > ? ORDER BY revision LIMIT ?"
    return [identity for (identity,) in connection.execute(statement, (state.number, revision, count)).fetchall()]


def _appended(connection: sqlite3.Connection, state: StreamState, revision: int) -> Appended:
    statement = "SELECT position FROM events WHERE stream = ? AND revision = ?"
    return Appended(revision, connection.execute(statement, (state.number, revision)).fetchone()[0])


def _set_metadata(connection: sqlite3.Connection, stream: str, metadata: dict[str, int]) -> Appended:
    event = Proposed(uuid4().bytes, "$metadata", "application/json", json.dumps(metadata).encode(), b"")
    return append(connection, f"$${stream}", [event], ANY)


def _insert(connection: sqlite3.Connection, stream: str, state: StreamState, events: Sequence[Proposed]) -> Appended:
    number = state.number or connection.execute("INSERT INTO streams (name) VALUES (?)", (stream,)).lastrowid
    position, revision, created = end_of(connection), state.last, time.time_ns() // 100
    for event in events:
        position, revision = position + _RECORD_BYTES + len(stream) + event.size, revision + 1
        row = (
            position,
            number,
            revision,
            event.id,
            event.type,
            event.content_type,
            created,
            event.data,
            event.metadata,
        )
        connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        if stream.startswith("$$") and event.type == "$metadata":
            _truncate(connection, stream.removeprefix("$$"), event.data)
    return Appended(revision, position)


def _truncate(connection: sqlite3.Connection, stream: str, metadata: bytes) -> None:
    before = json.loads(metadata).get("$tb", 0)
    statement = (
        "INSERT INTO streams (name, truncate_before) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET truncate_before = ?"
    )
    connection.execute(statement, (stream, before, before))
