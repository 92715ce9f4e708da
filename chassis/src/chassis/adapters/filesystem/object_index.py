"""The index of the object store, in SQLite: it maps a key, which may be any text, to metadata and a blob."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.ports.object_store import ObjectInfo

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
class IndexEntry:
    """An object's metadata and the id of the blob that holds its bytes. The entity tag is the SHA-256 of the bytes."""

    info: ObjectInfo
    blob: str


def find(connection: sqlite3.Connection, key: str) -> IndexEntry | None:
    """Return the entry of a key."""
    row = connection.execute(f"{_SELECT} WHERE key = ?", (encoded(key),)).fetchone()
    return _entry(row) if row else None


def replace(connection: sqlite3.Connection, entry: IndexEntry) -> str | None:
    """Write an entry; return the blob of the entry that it replaces."""
    info = entry.info
    replaced = remove(connection, info.key)
    connection.execute(
        "INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?)",
        (encoded(info.key), entry.blob, info.size, info.etag, info.content_type, info.modified.isoformat()),
    )
    return replaced


def remove(connection: sqlite3.Connection, key: str) -> str | None:
    """Delete the entry of a key; return its blob."""
    row = connection.execute("DELETE FROM objects WHERE key = ? RETURNING blob", (encoded(key),)).fetchone()
    return row[0] if row else None


def page(connection: sqlite3.Connection, prefix: str, after: bytes) -> Sequence[IndexEntry]:
    """Return the next entries whose keys begin with `prefix`, ordered by the bytes of their keys."""
    first = encoded(prefix)
    rows = connection.execute(
        f"{_SELECT} WHERE key >= ? AND key > ? AND key < ? ORDER BY key LIMIT {PAGE}",
        (first, after, _upper_bound(first)),
    )
    return [_entry(row) for row in rows.fetchall()]


def unreferenced(connection: sqlite3.Connection, blobs: Sequence[str]) -> list[str]:
    """Return the blobs that no entry refers to."""
    statement = "SELECT 1 FROM objects WHERE blob = ?"
    return [blob for blob in blobs if connection.execute(statement, (blob,)).fetchone() is None]


def encoded(key: str) -> bytes:
    """Return a key's bytes. A key may hold a lone surrogate, which plain UTF-8 cannot encode."""
    return key.encode("utf-8", "surrogatepass")


def _upper_bound(prefix: bytes) -> bytes:
    """Return a value greater than every key with this prefix: UTF-8 has no byte 0xff."""
    return prefix + b"\xff"


def _entry(row: _Row) -> IndexEntry:
    key, blob, size, sha256, content_type, modified = row
    info = ObjectInfo(
        key.decode("utf-8", "surrogatepass"), size, content_type, datetime.fromisoformat(modified), etag=sha256
    )
    return IndexEntry(info, blob)
