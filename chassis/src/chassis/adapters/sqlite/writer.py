"""The writer thread of a database. Group commit: queued writes share one transaction and one sync."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from chassis.adapters.sqlite.connection import translated, truncate_log
from chassis.adapters.sqlite.queued_write import QueuedWrite, TransactionLost
from chassis.adapters.sqlite.waiters import Waiters
from chassis.adapters.sqlite.writer_connection import WriterConnection
from chassis.ports.event_store import StoreUnavailable

T = TypeVar("T")
_POLL_SECONDS = 1.0
_MAX_GROUP = 256


class Writer:
    """Runs the writes of coroutines in the order of submission and resolves their futures on the event loop.

    No error of SQLite ends the thread: after one outside of a caller's work it goes on with a new connection.
    """

    def __init__(self, path: Path, waiters: Waiters, *, truncates_log: bool) -> None:
        self._connection, self._name, self._waiters = WriterConnection(path), path.stem, waiters
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[QueuedWrite | None] = SimpleQueue()
        self._closed = False
        self._last_data_version: tuple[sqlite3.Connection, int] | None = None
        self._polled = time.monotonic()
        self._truncates_log, self._must_truncate = truncates_log, truncates_log
        self._thread = Thread(target=self._run, name=f"write-{self._name}", daemon=True)
        self._thread.start()

    async def submit(
        self,
        work: Callable[[sqlite3.Connection], T],
        wakes: Iterable[Hashable],
        committed: Callable[[T], None] | None = None,
    ) -> T:
        """Queue a write; return its result once it is durable."""
        if self._closed:
            raise StoreUnavailable(f"{self._name} is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(QueuedWrite(work, future, wakes, committed))
        return await future

    async def close(self) -> None:
        """Run the queued writes, then close the connection."""
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        self._connection.close()

    def _run(self) -> None:
        last = False
        while not last:
            group, last = self._next_group()
            if group:
                self._must_truncate = self._truncates_log
                self._commit(group)
            try:
                self._maintain(idle=not group and not last)
            except (sqlite3.Error, StoreUnavailable) as problem:
                self._connection.discard(problem)

    def _next_group(self) -> tuple[list[QueuedWrite], bool]:
        group: list[QueuedWrite] = []
        try:
            while len(group) < _MAX_GROUP:
                write = self._queue.get(block=not group, timeout=_POLL_SECONDS)
                if write is None:
                    return group, True
                group.append(write)
        except Empty:
            pass
        return group, False

    def _commit(self, group: Sequence[QueuedWrite]) -> None:
        try:
            connection = self._connection.get()
            connection.execute("BEGIN IMMEDIATE")
        except (sqlite3.Error, StoreUnavailable) as problem:
            self._connection.discard(problem)
            self._fail(group, problem)
            return
        try:
            for write in group:
                write.attempt(connection, alone=len(group) == 1)
            connection.execute("COMMIT")
        except (TransactionLost, sqlite3.Error) as problem:
            self._connection.roll_back()
            self._retry_or_fail(group, problem)
        else:
            self._report(group)

    def _retry_or_fail(self, group: Sequence[QueuedWrite], problem: Exception) -> None:
        if len(group) > 1:
            for write in group:
                self._commit([write])
        elif group[0].problem:
            self._report(group)
        else:
            self._fail(group, problem)

    def _fail(self, group: Sequence[QueuedWrite], problem: Exception) -> None:
        for write in group:
            write.problem = translated(problem)
        self._report(group)

    def _report(self, group: Sequence[QueuedWrite]) -> None:
        self._loop.call_soon_threadsafe(self._settle, group)

    def _settle(self, group: Sequence[QueuedWrite]) -> None:
        for write in group:
            if write.settle():
                self._waiters.wake(write.wakes)

    def _maintain(self, *, idle: bool) -> None:
        if idle and self._must_truncate:
            self._must_truncate = not truncate_log(self._connection.get(), wait=False)
        if time.monotonic() - self._polled > _POLL_SECONDS:
            self._poll_other_processes()

    def _poll_other_processes(self) -> None:
        """Wake all waiters when another process has committed. Versions of one connection only can be compared."""
        self._polled = time.monotonic()
        connection = self._connection.get()
        version = (connection, connection.execute("PRAGMA data_version").fetchone()[0])
        if version != self._last_data_version:
            self._last_data_version = version
            self._loop.call_soon_threadsafe(self._waiters.wake_all)
