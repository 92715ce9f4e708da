"""Connections to a SQLite file, and the translation of their errors."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from chassis.ports.event_store import StoreUnavailable

_BUSY_SECONDS = 5.0
_PROGRAMMING_ERRORS = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_MISMATCH}


def connect(path: Path) -> sqlite3.Connection:
    """Connect in WAL mode, with a sync at every commit and a busy timeout for locks of other processes.

    Only the owner may read a new file. SQLite overwrites deleted bytes (`secure_delete`).
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
    """Create the file, readable by its owner only.

    An existing file is not opened: closing it would release all POSIX locks of this process on it, and another process
    that closes the database would then delete the write-ahead log that this one uses.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def translated(problem: Exception) -> Exception:
    """Return `StoreUnavailable` for a problem of the disk or the file; other errors unchanged."""
    if isinstance(problem, OSError):
        return StoreUnavailable(str(problem))
    if isinstance(problem, sqlite3.Error) and _error_code(problem) not in _PROGRAMMING_ERRORS:
        return StoreUnavailable(f"{problem} ({problem.sqlite_errorname})")
    return problem


def _error_code(problem: sqlite3.Error) -> int:
    """Return SQLite's primary code; the module's own errors, such as a wrong number of parameters, have none."""
    return getattr(problem, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF


def truncate_log(connection: sqlite3.Connection, *, wait: bool) -> bool:
    """Checkpoint the write-ahead log into the database and truncate it: then no file holds deleted bytes.

    False while another connection uses the log: at once, or with `wait` after the busy timeout.
    """
    connection.execute(f"PRAGMA busy_timeout={int(_BUSY_SECONDS * 1000) if wait else 0}")
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout={int(_BUSY_SECONDS * 1000)}")
    return not busy
