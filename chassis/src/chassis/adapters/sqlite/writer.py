"""The one thread that writes to a database file. What waits is committed together, so that one sync serves all."""

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
_LOOK_SECONDS = 1.0
_GROUP = 256


class _TransactionLost(Exception):
    """One work takes its whole group back: it was alone, or SQLite rolled everything back."""


@dataclass(slots=True, eq=False)
class _Work:
    do: Callable[[sqlite3.Connection], Any]
    future: "asyncio.Future[Any]"
    wakes: Iterable[Hashable]
    result: Any = None
    problem: Exception | None = None

    def attempt(self, connection: sqlite3.Connection, *, alone: bool) -> None:
        """Do the work so that it can fail without the others of its group; alone, its transaction is all there is."""
        self.result = self.problem = None
        if not alone:
            connection.execute("SAVEPOINT work")
        try:
            self.result = self.do(connection)
        except Exception as problem:
            self.problem = translated(problem)
            if alone or not connection.in_transaction:
                raise _TransactionLost from problem
            connection.execute("ROLLBACK TO work")
        if not alone:
            connection.execute("RELEASE work")

    def settle(self) -> bool:
        """Tell the caller, unless it was cancelled; say whether something was written."""
        if not self.future.done():
            if self.problem is None:
                self.future.set_result(self.result)
            else:
                self.future.set_exception(self.problem)
        return self.problem is None


class Writer:
    """Takes work from coroutines, does it in their order and tells them the outcome on their loop."""

    def __init__(self, connection: sqlite3.Connection, name: str, waiters: Waiters, *, erases: bool) -> None:
        self._connection, self._name, self._waiters = connection, name, waiters
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._closed = False
        self._version = self._data_version()
        self._looked = time.monotonic()
        self._erases, self._untidy = erases, erases
        self._thread = Thread(target=self._run, name=f"write-{name}", daemon=True)
        self._thread.start()

    async def submit(self, do: Callable[[sqlite3.Connection], T], wakes: Iterable[Hashable]) -> T:
        """Have it done; return its result once it is durable."""
        if self._closed:
            raise StoreUnavailable(f"{self._name} is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(_Work(do, future, wakes))
        return await future

    async def close(self) -> None:
        """Do what was submitted, then close the connection."""
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        self._connection.close()

    def _run(self) -> None:
        last = False
        while not last:
            group, last = self._next_group()
            if group:
                self._untidy = self._erases
                self._commit(group)
            elif not last and self._untidy:
                self._untidy = not truncate_log(self._connection, patient=False)
            if time.monotonic() - self._looked > _LOOK_SECONDS:
                self._look()

    def _next_group(self) -> tuple[list[_Work], bool]:
        group: list[_Work] = []
        try:
            while len(group) < _GROUP:
                work = self._queue.get(block=not group, timeout=_LOOK_SECONDS)
                if work is None:
                    return group, True
                group.append(work)
        except Empty:
            pass
        return group, False

    def _commit(self, group: Sequence[_Work]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as problem:
            self._fail(group, problem)
            return
        try:
            for work in group:
                work.attempt(self._connection, alone=len(group) == 1)
            self._connection.execute("COMMIT")
        except (_TransactionLost, sqlite3.Error) as problem:
            self._roll_back()
            self._after_loss(group, problem)
        else:
            self._tell(group)

    def _after_loss(self, group: Sequence[_Work], problem: Exception) -> None:
        if len(group) > 1:
            for work in group:
                self._commit([work])
        elif group[0].problem:
            self._tell(group)
        else:
            self._fail(group, problem)

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _fail(self, group: Sequence[_Work], problem: Exception) -> None:
        for work in group:
            work.problem = translated(problem)
        self._tell(group)

    def _tell(self, group: Sequence[_Work]) -> None:
        self._loop.call_soon_threadsafe(self._settle, group)

    def _settle(self, group: Sequence[_Work]) -> None:
        for work in group:
            if work.settle():
                self._waiters.wake(work.wakes)

    def _look(self) -> None:
        """Wake everyone when another process wrote."""
        self._looked = time.monotonic()
        version = self._data_version()
        if version != self._version:
            self._version = version
            self._loop.call_soon_threadsafe(self._waiters.wake_all)

    def _data_version(self) -> int:
        return self._connection.execute("PRAGMA data_version").fetchone()[0]
