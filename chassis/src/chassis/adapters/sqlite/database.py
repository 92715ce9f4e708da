"""One SQLite file: a writer thread that commits in groups, and a few readers."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from threading import local
from typing import TypeVar

from chassis.adapters.sqlite.connection import connect, translated, truncate_log
from chassis.adapters.sqlite.waiters import Waiters
from chassis.adapters.sqlite.writer import Writer
from chassis.ports.event_store import StoreUnavailable

T = TypeVar("T")
_READERS = 4
_ERASING_SECONDS = 10.0
_PAUSE_SECONDS = 0.02


class Database:
    """Reads and writes of coroutines, each as a function of a connection that runs on a thread.

    What a write did is durable when it returns. What SQLite cannot do now is a `StoreUnavailable`. Another process
    may use the same file: `waiters` hear of its writes within a second or two.
    """

    def __init__(self, path: Path, *, erases: bool) -> None:
        self.waiters = Waiters()
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(connect(path), path.stem, self.waiters, erases=erases)
        self._readers = ThreadPoolExecutor(_READERS, f"read-{path.stem}")
        self._closed = False
        self._thread = local()
        self._own = connect(path)
        self._connections = [self._own]

    async def write(self, work: Callable[[sqlite3.Connection], T], wakes: Iterable[Hashable] = ()) -> T:
        """Do `work` in a transaction, alone or among others; when it raises, nothing of it was done.

        After the commit those who watch `wakes` are woken. Cancelling the caller does not cancel the work.
        """
        return await self._writer.submit(work, wakes)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` on a connection that sees everything committed until now."""
        if self._closed:
            raise StoreUnavailable(f"{self._path.name} is closed")
        try:
            return await self._loop.run_in_executor(self._readers, self._reading, work)
        except sqlite3.Error as problem:
            raise translated(problem) from problem

    def read_now(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work`, which reads a few rows by an index, on the event loop itself.

        That takes some microseconds, handing it to a thread ten times as long; writers never keep readers waiting.
        """
        if self._closed:
            raise StoreUnavailable(f"{self._path.name} is closed")
        try:
            return work(self._own)
        except sqlite3.Error as problem:
            raise translated(problem) from problem

    async def erase_remains(self) -> None:
        """See that none of the database's files holds what was deleted."""
        deadline = self._loop.time() + _ERASING_SECONDS
        # SQLite refuses a second checkpoint while one runs, without waiting for it.
        while not await self.read(lambda connection: truncate_log(connection, patient=True)):
            if self._loop.time() > deadline:
                raise StoreUnavailable(f"{self._path.name} is in use: what was deleted is still in its log")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def close(self) -> None:
        """Finish what was submitted, then close the file."""
        self._closed = True
        await self._writer.close()
        await asyncio.to_thread(self._readers.shutdown)
        for connection in self._connections:
            connection.close()

    def _reading(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection: sqlite3.Connection | None = getattr(self._thread, "connection", None)
        if connection is None:
            connection = self._thread.connection = connect(self._path)
            self._connections.append(connection)
        return work(connection)


@asynccontextmanager
async def opened(path: Path, schema: str = "", *, erases: bool = False) -> AsyncGenerator[Database]:
    """Open a database file and see that the tables and indexes of `schema` are there.

    `erases`: what is deleted leaves the write-ahead log too, as soon as nothing is to be written for a second.
    """
    database = Database(path, erases=erases)
    try:
        await database.write(lambda connection: _create(connection, schema))
        yield database
    finally:
        await database.close()


def _create(connection: sqlite3.Connection, schema: str) -> None:
    for statement in schema.split(";\n"):
        connection.execute(statement)
