"""The writer thread of a database. Group commit: queued writes share one transaction and one sync."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from chassis.adapters.sqlite.connection import translated, truncate_log
from chassis.adapters.sqlite.waiters import Waiters
from chassis.ports.event_store import StoreUnavailable

T = TypeVar("T")
_POLL_SECONDS = 1.0
_MAX_GROUP = 256


class _TransactionLost(Exception):
    """A failing write ends the transaction of its group: it was alone, or SQLite rolled back everything."""


@dataclass(slots=True, eq=False)
class _Write:
    work: Callable[[sqlite3.Connection], Any]
    future: "asyncio.Future[Any]"
    wakes: Iterable[Hashable]
    result: Any = None
    problem: Exception | None = None

    def attempt(self, connection: sqlite3.Connection, *, alone: bool) -> None:
        """Run the work in a savepoint, so that it can fail without its group; alone, without a savepoint."""
        self.result = self.problem = None
        if not alone:
            connection.execute("SAVEPOINT work")
        try:
            self.result = self.work(connection)
        except Exception as problem:
            self.problem = translated(problem)
            if alone or not connection.in_transaction:
                raise _TransactionLost from problem
            connection.execute("ROLLBACK TO work")
        if not alone:
            connection.execute("RELEASE work")

    def settle(self) -> bool:
        """Resolve the caller's future unless it was cancelled; return whether the write succeeded."""
        if not self.future.done():
            if self.problem is None:
                self.future.set_result(self.result)
            else:
                self.future.set_exception(self.problem)
        return self.problem is None


class Writer:
    """Runs the writes of coroutines in the order of submission and resolves their futures on the event loop."""

    def __init__(self, connection: sqlite3.Connection, name: str, waiters: Waiters, *, truncates_log: bool) -> None:
        self._connection, self._name, self._waiters = connection, name, waiters
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[_Write | None] = SimpleQueue()
        self._closed = False
        self._last_data_version = self._data_version()
        self._polled = time.monotonic()
        self._truncates_log, self._must_truncate = truncates_log, truncates_log
        self._thread = Thread(target=self._run, name=f"write-{name}", daemon=True)
        self._thread.start()

    async def submit(self, work: Callable[[sqlite3.Connection], T], wakes: Iterable[Hashable]) -> T:
        """Queue a write; return its result once it is durable."""
        if self._closed:
            raise StoreUnavailable(f"{self._name} is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(_Write(work, future, wakes))
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
            elif not last and self._must_truncate:
                self._must_truncate = not truncate_log(self._connection, wait=False)
            if time.monotonic() - self._polled > _POLL_SECONDS:
                self._poll_other_processes()

    def _next_group(self) -> tuple[list[_Write], bool]:
        group: list[_Write] = []
        try:
            while len(group) < _MAX_GROUP:
                write = self._queue.get(block=not group, timeout=_POLL_SECONDS)
                if write is None:
                    return group, True
                group.append(write)
        except Empty:
            pass
        return group, False

    def _commit(self, group: Sequence[_Write]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as problem:
            self._fail(group, problem)
            return
        try:
            for write in group:
                write.attempt(self._connection, alone=len(group) == 1)
            self._connection.execute("COMMIT")
        except (_TransactionLost, sqlite3.Error) as problem:
            self._roll_back()
            self._retry_or_fail(group, problem)
        else:
            self._report(group)

    def _retry_or_fail(self, group: Sequence[_Write], problem: Exception) -> None:
        if len(group) > 1:
            for write in group:
                self._commit([write])
        elif group[0].problem:
            self._report(group)
        else:
            self._fail(group, problem)

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _fail(self, group: Sequence[_Write], problem: Exception) -> None:
        for write in group:
            write.problem = translated(problem)
        self._report(group)

    def _report(self, group: Sequence[_Write]) -> None:
        self._loop.call_soon_threadsafe(self._settle, group)

    def _settle(self, group: Sequence[_Write]) -> None:
        for write in group:
            if write.settle():
                self._waiters.wake(write.wakes)

    def _poll_other_processes(self) -> None:
        """Wake all waiters when another process has committed."""
        self._polled = time.monotonic()
        version = self._data_version()
        if version != self._last_data_version:
            self._last_data_version = version
            self._loop.call_soon_threadsafe(self._waiters.wake_all)

    def _data_version(self) -> int:
        return self._connection.execute("PRAGMA data_version").fetchone()[0]
