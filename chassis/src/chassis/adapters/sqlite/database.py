"""A SQLite database: one writer thread with group commit, and a pool of reader threads."""

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
_TRUNCATION_TIMEOUT_SECONDS = 10.0
_RETRY_SECONDS = 0.02


class Database:
    """Runs functions of a connection on threads, for coroutines.

    A write is durable when it returns. Problems of the disk or the file raise `StoreUnavailable`. Another process may
    use the same file: its writes wake all `waiters` within a second or two.
    """

    def __init__(self, path: Path, *, truncates_log: bool) -> None:
        self.waiters = Waiters()
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(path, self.waiters, truncates_log=truncates_log)
        self._readers = ThreadPoolExecutor(_READERS, f"read-{path.stem}")
        self._closed = False
        self._thread = local()
        self._loop_connection = connect(path)
        self._connections = [self._loop_connection]

    async def write(
        self,
        work: Callable[[sqlite3.Connection], T],
        wakes: Iterable[Hashable] = (),
        committed: Callable[[T], None] | None = None,
    ) -> T:
        """Run `work` in a transaction, which may be shared (group commit); an exception undoes this work only.

        After the commit it calls `committed` with the result, in the order of the commits, then wakes the waiters of
        the keys `wakes`. Cancelling the caller cancels neither the work nor these.
        """
        return await self._writer.submit(work, wakes, committed)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on a reader thread; it sees every earlier commit."""
        if self._closed:
            raise StoreUnavailable(f"{self._path.name} is closed")
        try:
            return await self._loop.run_in_executor(self._readers, self._read_on_thread, work)
        except sqlite3.Error as problem:
            raise translated(problem) from problem

    def read_now(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work`, which reads a few rows by an index, on the event loop.

        That takes microseconds, a thread ten times as long; in WAL mode writers never block readers.
        """
        if self._closed:
            raise StoreUnavailable(f"{self._path.name} is closed")
        try:
            return work(self._loop_connection)
        except sqlite3.Error as problem:
            raise translated(problem) from problem

    async def truncate_log(self) -> None:
        """Truncate the write-ahead log, so that no file holds deleted bytes. Raises `StoreUnavailable` after 10 s."""
        deadline = self._loop.time() + _TRUNCATION_TIMEOUT_SECONDS
        # SQLite refuses a second checkpoint while one runs; the busy timeout does not apply.
        while not await self.read(lambda connection: truncate_log(connection, wait=True)):
            if self._loop.time() > deadline:
                raise StoreUnavailable(f"{self._path.name} is in use: deleted bytes are still in its write-ahead log")
            await asyncio.sleep(_RETRY_SECONDS)

    async def close(self) -> None:
        """Run the submitted writes, then close the connections."""
        self._closed = True
        await self._writer.close()
        await asyncio.to_thread(self._readers.shutdown)
        for connection in self._connections:
            connection.close()

    def _read_on_thread(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection: sqlite3.Connection | None = getattr(self._thread, "connection", None)
        if connection is None:
            connection = self._thread.connection = connect(self._path)
            self._connections.append(connection)
        return work(connection)


@asynccontextmanager
async def opened(path: Path, schema: str = "", *, truncates_log: bool = False) -> AsyncGenerator[Database]:
    """Open a database file and create the tables and indexes of `schema` unless they exist.

    `truncates_log`: deleted bytes leave the write-ahead log too, once there were no writes for a second.
    """
    database = Database(path, truncates_log=truncates_log)
    try:
        await database.write(lambda connection: _create(connection, schema))
        yield database
    finally:
        await database.close()


def _create(connection: sqlite3.Connection, schema: str) -> None:
    for statement in schema.split(";\n"):
        connection.execute(statement)
