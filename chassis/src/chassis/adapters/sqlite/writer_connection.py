"""The connection of a writer thread. One whose state is unknown after an error is replaced."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

import structlog

from chassis.adapters.sqlite.connection import connect
from chassis.ports.event_store import StoreUnavailable

_log = structlog.get_logger()


class WriterConnection:
    """A connection to a file that exists, opened again after `discard`. For one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = connect(path)
        self._file = path.stat()

    def get(self) -> sqlite3.Connection:
        """Return the connection, a new one after `discard`. Raises `StoreUnavailable`.

        A file that was removed or replaced is not opened: the readers still have the earlier one.
        """
        if self._connection is None:
            self._check_file()
            self._connection = connect(self._path)
        return self._connection

    def roll_back(self) -> None:
        """Undo the open transaction, if any; where that fails, discard the connection, which undoes it too."""
        try:
            if self._connection and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as problem:
            self.discard(problem)

    def discard(self, problem: Exception) -> None:
        """Close the connection after an error that is not of a caller's work."""
        if self._connection is not None:
            _log.warning("database_connection_discarded", database=self._path.name, problem=repr(problem))
        self.close()

    def close(self) -> None:
        """Close the connection; SQLite undoes what was not committed."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _check_file(self) -> None:
        try:
            same = os.path.samestat(self._path.stat(), self._file)
        except OSError as problem:
            raise StoreUnavailable(f"{self._path.name}: {problem.strerror}") from problem
        if not same:
            raise StoreUnavailable(f"{self._path.name} was replaced by another file")
