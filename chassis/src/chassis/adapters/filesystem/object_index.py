"""Which blob is behind a key: the index beside the blobs, in SQLite, so that any text can be a key."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.ports.object_store import StoredObject

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    key BLOB NOT NULL PRIMARY KEY,
    blob TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    content_type TEXT NOT NULL,
    modified TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS objects_by_blob ON objects (blob)
"""
PAGE = 500
_SELECT = "SELECT key, blob, size, sha256, content_type, modified FROM objects"
_Row = tuple[bytes, str, int, str, str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """An object and the blob that holds its bytes."""

    stored: StoredObject
    blob: str


def find(connection: sqlite3.Connection, key: str) -> Entry | None:
    """Return what is under a key."""
    row = connection.execute(f"{_SELECT} WHERE key = ?", (encoded(key),)).fetchone()
    return _entry(row) if row else None


def replace(connection: sqlite3.Connection, entry: Entry) -> str | None:
    """Put an object under its key; return the blob that was there."""
    replaced = take(connection, entry.stored.key)
    stored = entry.stored
    connection.execute(
        "INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?)",
        (encoded(stored.key), entry.blob, stored.size, stored.sha256, stored.content_type, stored.modified.isoformat()),
    )
    return replaced


def take(connection: sqlite3.Connection, key: str) -> str | None:
    """Remove what is under a key; return its blob."""
    row = connection.execute("DELETE FROM objects WHERE key = ? RETURNING blob", (encoded(key),)).fetchone()
    return row[0] if row else None


def page(connection: sqlite3.Connection, prefix: str, after: bytes) -> Sequence[Entry]:
    """Return the next objects whose keys begin with `prefix`, ordered by the bytes of their keys."""
    first = encoded(prefix)
    rows = connection.execute(
        f"{_SELECT} WHERE key >= ? AND key > ? AND key < ? ORDER BY key LIMIT {PAGE}", (first, after, _past(first))
    )
    return [_entry(row) for row in rows.fetchall()]


def unknown(connection: sqlite3.Connection, blobs: Sequence[str]) -> list[str]:
    """Return which of these blobs are behind no key."""
    statement = "SELECT 1 FROM objects WHERE blob = ?"
    return [blob for blob in blobs if connection.execute(statement, (blob,)).fetchone() is None]


def encoded(key: str) -> bytes:
    """Return a key's bytes. Half a surrogate pair, which UTF-8 has no bytes for, is a key too."""
    return key.encode("utf-8", "surrogatepass")


def _past(prefix: bytes) -> bytes:
    """Return what is greater than every key with this prefix: no UTF-8 text holds the byte 0xff."""
    return prefix + b"\xff"


def _entry(row: _Row) -> Entry:
    key, blob, size, sha256, content_type, modified = row
    stored = StoredObject(
        key.decode("utf-8", "surrogatepass"), size, sha256, content_type, datetime.fromisoformat(modified)
    )
    return Entry(stored, blob)
