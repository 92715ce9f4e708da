"""Key store in one SQLite file that only its owner may read."""

import json
import secrets
import sqlite3
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from chassis.adapters.sqlite.database import Database, opened
from chassis.ports.key_store import KeyShredded

SCHEMA = "CREATE TABLE IF NOT EXISTS keys (subject TEXT NOT NULL PRIMARY KEY, key BLOB) WITHOUT ROWID"
_KEY_BYTES = 32


class SqliteKeyStore:
    """A `KeyStore`. A shredded key leaves a row without a key; no file of the database holds its bytes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def key_for(self, subject: str) -> bytes:
        """Return the subject's key; the first call creates it."""
        found = await self._database.read(lambda connection: _stored(connection, subject))
        if found is None:
            found = await self._database.write(lambda connection: _created(connection, subject))
        if found[0] is None:
            raise KeyShredded(subject)
        return found[0]

    async def get_many(self, subjects: Sequence[str]) -> Mapping[str, bytes]:
        """Return the keys that exist."""
        return await self._database.read(lambda connection: existing_keys(connection, subjects))

    async def shred(self, subject: str) -> None:
        """Destroy the subject's key."""
        await self._database.write(
            lambda connection: connection.execute(
                "INSERT INTO keys VALUES (?, NULL) ON CONFLICT DO UPDATE SET key = NULL", (subject,)
            )
        )
        await self._database.truncate_log()


@asynccontextmanager
async def sqlite_key_store(path: Path) -> AsyncGenerator[SqliteKeyStore]:
    """Open the key store in a file."""
    async with opened(path, SCHEMA, truncates_log=True) as database:
        yield SqliteKeyStore(database)


def _stored(connection: sqlite3.Connection, subject: str) -> tuple[bytes | None] | None:
    return connection.execute("SELECT key FROM keys WHERE subject = ?", (subject,)).fetchone()


def existing_keys(connection: sqlite3.Connection, subjects: Sequence[str]) -> dict[str, bytes]:
    """Return the keys that exist, by subject."""
    query = "SELECT subject, key FROM keys WHERE subject IN (SELECT value FROM json_each(?)) AND key IS NOT NULL"
    return dict(connection.execute(query, (json.dumps(subjects),)))


def _created(connection: sqlite3.Connection, subject: str) -> tuple[bytes | None]:
    new = secrets.token_bytes(_KEY_BYTES)
    connection.execute("INSERT INTO keys VALUES (?, ?) ON CONFLICT DO NOTHING", (subject, new))
    found = _stored(connection, subject)
    return found or (None,)
