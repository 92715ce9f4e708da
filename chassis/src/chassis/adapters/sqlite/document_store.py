"""Document store in one SQLite file: one table per `Collection`."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

from chassis.adapters.sqlite.collection_table import CollectionTable, documents
from chassis.adapters.sqlite.database import Database, opened
from chassis.ports.document_store import Collection, Document, Scalar

T = TypeVar("T")
_MAX_ROWS_ON_LOOP = 500
"""Maximum number of rows read on the event loop: they block it for less than a millisecond."""


class SqliteDocumentStore:
    """A `DocumentStore`. `find` raises `ValueError` for a query that no declared index serves."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tables: dict[Collection, CollectionTable] = {}

    async def put_newer(self, collection: Collection, documents: Sequence[Document]) -> None:
        """Write each document whose revision is greater than the stored one's."""
        await self.put_newer_in_order([(collection, documents)])

    async def put_newer_in_order(self, writes: Sequence[tuple[Collection, Sequence[Document]]]) -> None:
        """Write to several collections in one transaction."""
        by_table = [(await self._table(collection), changed) for collection, changed in writes]
        wakes = [(collection.name, document.id) for collection, changed in writes for document in changed]

        def put(connection: sqlite3.Connection) -> None:
            for table, changed in by_table:
                table.put_newer(connection, changed)

        await self._database.write(put, wakes)

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        """Return a document, tombstones too."""
        return (await self.get_many(collection, [document_id])).get(document_id)

    async def get_many(self, collection: Collection, ids: Sequence[str]) -> Mapping[str, Document]:
        """Return the documents that exist, tombstones too, by id."""
        table = await self._table(collection)
        return await self._read(len(ids), lambda connection: table.get_many(connection, ids))

    async def find(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int = 0, limit: int = 100
    ) -> Sequence[Document]:
        """Return documents whose keys equal the given ones, without their keys."""
        table = await self._table(collection)
        statement = table.find_statement(list(equal), order)
        values = (*equal.values(), limit, skip)
        return await self._read(skip + limit, lambda connection: documents(connection.execute(statement, values)))

    async def find_as_json(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int = 0, limit: int = 100
    ) -> bytes:
        """Return the bodies of what `find` returns as one JSON array."""
        table = await self._table(collection)
        statement = table.find_as_json_statement(list(equal), order)
        values = (*equal.values(), limit, skip)
        return await self._read(skip + limit, lambda connection: connection.execute(statement, values).fetchone()[0])

    async def delete(self, collection: Collection, ids: Sequence[str]) -> None:
        """Delete documents and their revisions."""
        table = await self._table(collection)
        await self._database.write(lambda connection: table.delete(connection, ids))

    async def compare_and_set(self, collection: Collection, document: Document, expected: int | None) -> bool:
        """Write the document only if the stored revision is the expected one."""
        table = await self._table(collection)
        return await self._database.write(
            lambda connection: table.compare_and_set(connection, document, expected), [(collection.name, document.id)]
        )

    async def wait_for(self, collection: Collection, document_id: str, revision: int, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait until the stored revision is at least `revision`."""
        table, loop = await self._table(collection), asyncio.get_running_loop()
        deadline = loop.time() + timeout
        with self._database.waiters.watching([(collection.name, document_id)]) as changed:
            while True:
                changed.clear()
                stored = self._database.read_now(lambda connection: table.revision(connection, document_id))
                if stored is not None and stored >= revision:
                    return True
                if loop.time() >= deadline:
                    return False
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), deadline - loop.time())

    async def _read(self, rows: int, work: Callable[[sqlite3.Connection], T]) -> T:
        return self._database.read_now(work) if rows <= _MAX_ROWS_ON_LOOP else await self._database.read(work)

    async def _table(self, collection: Collection) -> CollectionTable:
        table = self._tables.get(collection)
        if table is None:
            table = CollectionTable(collection)
            await self._database.write(table.create)
            self._tables[collection] = table
        return table


@asynccontextmanager
async def sqlite_document_store(path: Path) -> AsyncGenerator[SqliteDocumentStore]:
    """Open the document store in a file."""
    async with opened(path, truncates_log=True) as database:
        yield SqliteDocumentStore(database)
