"""Reading a SQLite file without changing it or the files beside it, also while another process writes to it."""

import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from chassis.adapters.sqlite.collection_table import CollectionTable
from chassis.adapters.sqlite.connection import translated
from chassis.ports.document_store import Collection
from chassis.ports.event_store import StoreUnavailable

T = TypeVar("T")
Query = Callable[[sqlite3.Connection], T]
"""What is read from a connection; for modules that know no driver."""
_INSTRUCTIONS_BETWEEN_LOOKS = 10_000
_DECLARED = re.compile(r"CREATE (?:TABLE|(?:UNIQUE )?INDEX|TRIGGER) IF NOT EXISTS (\w+)")


@dataclass(frozen=True)
class DatabaseReport:
    """What SQLite says of a file; `is_whole` when there was time to read all of it."""

    fault: str | None
    missing: Sequence[str]
    is_whole: bool


def read_only(path: Path, work: Query[T], seconds: float) -> T:
    """Run `work`, which SQLite interrupts after some seconds. Raises `StoreUnavailable`.

    A plain reader creates a write-ahead log and an index of it beside the file. `readonly_shm` uses those of the
    process that has the file open, or reads a log that nobody has open into memory; a file without a log does not
    change, and `immutable` opens nothing else (https://www.sqlite.org/wal.html, "Read-Only Databases").
    """
    deadline = time.monotonic() + seconds
    try:
        uri = f"{path.absolute().as_uri()}?{_parameters(path)}"
        with closing(sqlite3.connect(uri, uri=True, timeout=1.0, isolation_level=None)) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > deadline, _INSTRUCTIONS_BETWEEN_LOOKS)
            return work(connection)
    except (OSError, sqlite3.Error) as problem:
        raise translated(problem) from problem


def inspect(connection: sqlite3.Connection, schema: str) -> DatabaseReport:
    """Look for damage, and for what the schema declares and the file does not have."""
    missing = [name for name in _DECLARED.findall(schema) if name not in names(connection)]
    try:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as problem:
        if problem.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return DatabaseReport(None, missing, is_whole=False)
    return DatabaseReport(None if found == "ok" else "a page of it is damaged", missing, is_whole=True)


def names(connection: sqlite3.Connection) -> set[str]:
    """Return the names of tables, indexes and triggers."""
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


def missing_indexes(connection: sqlite3.Connection, collections: Sequence[Collection]) -> Sequence[str]:
    """Return the declared indexes that the tables of collections lack, those of other read model versions too."""
    found = names(connection)
    return [
        f"{stored}: {', '.join(index)}"
        for collection in collections
        for stored in sorted(found)
        if stored.partition("@")[0] == collection.name
        for index in collection.indexes
        if CollectionTable(collection).index_name(index, stored) not in found
    ]


def _parameters(path: Path) -> str:
    log, shared_memory = (path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))
    if shared_memory.exists():
        return "mode=ro&readonly_shm=1"
    if log.exists() and log.stat().st_size:
        raise StoreUnavailable(f"{log.name} is there without {shared_memory.name}: both were not copied together")
    return "mode=ro&immutable=1"
