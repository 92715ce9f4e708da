"""A write of a coroutine, which a writer thread runs."""

import asyncio
import sqlite3
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from chassis.adapters.sqlite.connection import translated


class TransactionLost(Exception):
    """A failing write ends the transaction of its group: it was alone, or SQLite rolled back everything."""


@dataclass(slots=True, eq=False)
class QueuedWrite:
    """The work of a write, the future of its caller, and its outcome until the transaction has ended."""

    work: Callable[[sqlite3.Connection], Any]
    future: "asyncio.Future[Any]"
    wakes: Iterable[Hashable]
    committed: Callable[[Any], None] | None = None
    """Called with the result once it is durable, on the event loop and before anybody is woken."""

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
                raise TransactionLost from problem
            connection.execute("ROLLBACK TO work")
        if not alone:
            connection.execute("RELEASE work")

    def settle(self) -> bool:
        """Resolve the caller's future unless it was cancelled; return whether the write succeeded."""
        if self.problem is None and self.committed is not None:
            self.committed(self.result)
        if not self.future.done():
            if self.problem is None:
                self.future.set_result(self.result)
            else:
                self.future.set_exception(self.problem)
        return self.problem is None
