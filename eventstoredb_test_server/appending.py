"""Appends, deletes and tombstones by EventStoreDB's rules. Every function runs in a transaction of the only writer."""

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from uuid import uuid4

from eventstoredb_test_server.tables import TOMBSTONE, StreamState, log_end, stream_state

NO_STREAM, ANY, EXISTS = -1, -2, -4
"""Special expected revisions, with the numbers that EventStoreDB uses in error messages."""

_RECORD_BYTES = 100
"""Size of an event in the log beside its own bytes. EventStoreDB's positions are file offsets, so they have gaps."""


@dataclass(frozen=True)
class ProposedEvent:
    """An event to append."""

    id: bytes
    type: str
    content_type: str
    data: bytes
    metadata: bytes

    @property
    def size(self) -> int:
        """The size of the event in the log."""
        return len(self.data) + len(self.metadata) + 2 * len(self.type)


@dataclass(frozen=True)
class AppendResult:
    """Revision and position of the last appended event; -1 where EventStoreDB tells none.

    `is_repeated`: the events had been appended before.
    """

    revision: int
    position: int
    is_repeated: bool = False


NOTHING_APPENDED = AppendResult(-1, -1)
"""The result of an append without events."""


class WrongVersion(Exception):
    """The expected revision is wrong; `current` is the stream's revision, -1 without a stream."""

    def __init__(self, current: int) -> None:
        super().__init__(str(current))
        self.current = current


class StreamDeleted(Exception):
    """The stream is tombstoned, or deleted where it must exist."""


def append(connection: sqlite3.Connection, stream: str, events: Sequence[ProposedEvent], expected: int) -> AppendResult:
    """Append events, or recognise a repeated append by its event ids. Raises `WrongVersion` or `StreamDeleted`."""
    state = stream_state(connection, stream)
    _refuse_deleted(connection, stream, state, expected)
    repeated = _repeated_revision(connection, state, events, expected)
    if repeated is not None:
        return _result(connection, state, repeated)
    appended = _insert(connection, stream, state, events)
    if state.is_deleted:
        _set_metadata(connection, stream, {"$tb": state.last + 1})
    return appended


def delete(connection: sqlite3.Connection, stream: str, expected: int) -> int:
    """Soft-delete a stream; return the position of the metadata event."""
    state = stream_state(connection, stream)
    _refuse_deleted(connection, stream, state, expected)
    if state.last < 0 or expected not in (ANY, EXISTS, state.last):
        raise WrongVersion(state.last)
    return _set_metadata(connection, stream, {"$tb": TOMBSTONE}).position


def tombstone(connection: sqlite3.Connection, stream: str, expected: int) -> int:
    """Tombstone a stream; return the position of the tombstone event."""
    state = stream_state(connection, stream)
    _refuse_deleted(connection, stream, state, expected)
    if expected not in (ANY, EXISTS, state.last):
        raise WrongVersion(state.last)
    event = ProposedEvent(uuid4().bytes, "$streamDeleted", "application/octet-stream", b"", b"")
    return _insert(connection, stream, state._replace(last=TOMBSTONE - 1), [event]).position


def _refuse_deleted(connection: sqlite3.Connection, stream: str, state: StreamState, expected: int) -> None:
    if state.is_tombstoned or (expected == EXISTS and state.is_deleted):
        raise StreamDeleted(stream)
    if expected == EXISTS and state.last < 0 and stream_state(connection, f"$${stream}").last < 0:
        raise WrongVersion(state.last)


def _repeated_revision(
    connection: sqlite3.Connection, state: StreamState, events: Sequence[ProposedEvent], expected: int
) -> int | None:
    """Return the revision of events that were appended before; None when they must be appended now."""
    if expected in (ANY, EXISTS):
        return _revision_of_known_events(connection, state, events)
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


def _revision_of_known_events(
    connection: sqlite3.Connection, state: StreamState, events: Sequence[ProposedEvent]
) -> int | None:
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


def _result(connection: sqlite3.Connection, state: StreamState, revision: int) -> AppendResult:
    statement = "SELECT position FROM events WHERE stream = ? AND revision = ?"
    position = connection.execute(statement, (state.number, revision)).fetchone()[0]
    return AppendResult(revision, -1 if state.is_deleted else position, is_repeated=True)


def _set_metadata(connection: sqlite3.Connection, stream: str, metadata: dict[str, int]) -> AppendResult:
    event = ProposedEvent(uuid4().bytes, "$metadata", "application/json", json.dumps(metadata).encode(), b"")
    return append(connection, f"$${stream}", [event], ANY)


def _insert(
    connection: sqlite3.Connection, stream: str, state: StreamState, events: Sequence[ProposedEvent]
) -> AppendResult:
    number = state.number or connection.execute("INSERT INTO streams (name) VALUES (?)", (stream,)).lastrowid
    position, revision, created = log_end(connection), state.last, time.time_ns() // 100
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
    return AppendResult(revision, position)


def _truncate(connection: sqlite3.Connection, stream: str, metadata: bytes) -> None:
    before = _truncate_before(metadata)
    statement = (
        "INSERT INTO streams (name, truncate_before) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET truncate_before = ?"
    )
    connection.execute(statement, (stream, before, before))


def _truncate_before(metadata: bytes) -> int:
    """Return `$tb` of a stream's metadata; metadata that are not a JSON object have no effect."""
    try:
        parsed: object = json.loads(metadata)
    except ValueError:
        return 0
    before = cast("dict[str, object]", parsed).get("$tb") if isinstance(parsed, dict) else None
    return before if isinstance(before, int) else 0
