"""Connections to a SQLite file, and what their errors mean."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from chassis.ports.event_store import StoreUnavailable

_BUSY_SECONDS = 5.0
_DEFECTS = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_MISMATCH}


def connect(path: Path) -> sqlite3.Connection:
    """Connect in write-ahead mode, durable at every commit, waiting a while for a lock of another process.

    A new file is its owner's only. What is deleted is overwritten.
    """
    try:
        _create(path)
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
    except (OSError, sqlite3.Error) as problem:
        raise translated(problem) from problem
    return connection


def _create(path: Path) -> None:
    """Create the file, its owner's only.

    One that is there is not opened: to close it would end all locks that this process has on it, and another
    process that is done with the database would take the write-ahead log away from under this one.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def translated(problem: Exception) -> Exception:
    """Return what the caller is told: what the disk or the file cannot do now is a store that is unavailable."""
    if isinstance(problem, OSError):
        return StoreUnavailable(str(problem))
    if isinstance(problem, sqlite3.Error) and problem.sqlite_errorcode & 0xFF not in _DEFECTS:
        return StoreUnavailable(f"{problem} ({problem.sqlite_errorname})")
    return problem


def truncate_log(connection: sqlite3.Connection, *, patient: bool) -> bool:
    """Move the write-ahead log into the file and empty it: after that no file holds what was deleted.

    False when somebody reads or writes it, at once or, patient, after the usual wait.
    """
    connection.execute(f"PRAGMA busy_timeout={int(_BUSY_SECONDS * 1000) if patient else 0}")
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout={int(_BUSY_SECONDS * 1000)}")
    return not busy
