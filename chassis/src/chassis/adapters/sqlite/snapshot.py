"""Copies of SQLite files as of one instant, while other processes write to them."""

import os
import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from chassis.adapters.sqlite.connection import connect, translated

_PAGES = 1000
"""Pages of one step of a copy: a signal is handled after each step."""
CopyReport = Callable[[int], None]
"""Is told the bytes that were copied since it was told last."""


@contextmanager
def snapshots(paths: Sequence[Path]) -> Generator[Sequence[sqlite3.Connection]]:
    """Open a read transaction on each file, all at one instant. Raises `StoreUnavailable`.

    Writers of all files wait from the first lock until the last transaction has begun: milliseconds. In WAL mode a read
    transaction sees the file as it was at its beginning, and blocks no writer (https://www.sqlite.org/isolation.html).
    """
    with ExitStack() as stack:
        try:
            readers = [stack.enter_context(closing(connect(path))) for path in paths]
            with ExitStack() as locks:
                for path in paths:
                    writer = locks.enter_context(closing(connect(path)))  # its close undoes the transaction
                    writer.execute("BEGIN IMMEDIATE")
                for reader in readers:
                    reader.execute("BEGIN")
                    reader.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.Error as problem:
            raise translated(problem) from problem
        yield readers


def copy(source: sqlite3.Connection, target: Path, report: CopyReport) -> None:
    """Write what the transaction of `source` sees to a new file, for its owner only, and end the transaction."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    (page_bytes,) = source.execute("PRAGMA page_size").fetchone()
    left: list[int] = []

    def progress(_: int, remaining: int, total: int) -> None:
        report(((left[-1] if left else total) - remaining) * page_bytes)
        left.append(remaining)

    try:
        with closing(sqlite3.connect(target)) as destination:
            source.backup(destination, pages=_PAGES, progress=progress)
        source.close()
    except sqlite3.Error as problem:
        raise translated(problem) from problem
