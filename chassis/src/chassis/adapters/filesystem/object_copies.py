"""Copies of the objects that an index names: blobs never change, so that one which is there is not copied again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from chassis.adapters.filesystem.copying import copy_file
from chassis.adapters.filesystem.object_index import IndexEntry, encoded, find, page, remove
from chassis.adapters.sqlite.connection import connect
from chassis.adapters.sqlite.snapshot import CopyReport
from chassis.ports.object_store import DamagedFile


@dataclass
class ObjectCopies:
    """Copies blobs from one folder to another."""

    source: Path
    target: Path
    report: CopyReport

    def copy_all(self, index: Path) -> list[IndexEntry]:
        """Copy what an index names; return the entries that cannot be copied: their blobs are missing or damaged."""
        failed: list[IndexEntry] = []
        with closing(connect(index)) as connection:
            for entry in self._left(connection):
                try:
                    self._copy(entry)
                except (FileNotFoundError, DamagedFile):
                    failed.append(entry)
        return failed

    def bytes_left(self, index: Path) -> int:
        """Return the bytes that are not copied yet of what an index names."""
        with closing(connect(index)) as connection:
            return sum(entry.info.size for entry in self._left(connection))

    def remove_others(self, index: Path) -> None:
        """Delete from the target what the index does not name."""
        with closing(connect(index)) as connection:
            for path in self.target.glob("??/*"):
                if connection.execute("SELECT 1 FROM objects WHERE blob = ?", (path.name,)).fetchone() is None:
                    path.unlink()

    def _left(self, connection: sqlite3.Connection) -> Iterator[IndexEntry]:
        return (entry for entry in _entries(connection) if _size(self.target, entry) != entry.info.size)

    def _copy(self, entry: IndexEntry) -> None:
        target = path_in(self.target, entry)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        copy_file(path_in(self.source, entry), target, entry.info.etag, self.report)


def path_in(folder: Path, entry: IndexEntry) -> Path:
    """Return the file of an entry's blob."""
    return folder / entry.blob[:2] / entry.blob


def _size(folder: Path, entry: IndexEntry) -> int | None:
    try:
        return path_in(folder, entry).stat().st_size
    except FileNotFoundError:
        return None


def forget(index: Path, entries: list[IndexEntry]) -> None:
    """Remove entries from an index that is a copy: their objects were deleted before they were copied."""
    with closing(connect(index)) as connection:
        for entry in entries:
            remove(connection, entry.info.key)


def still_named(index: Path, entries: list[IndexEntry]) -> list[IndexEntry]:
    """Return those of some entries that an index has: their objects were not deleted meanwhile."""
    with closing(connect(index)) as connection:
        return [entry for entry in entries if find(connection, entry.info.key) == entry]


def count(index: Path) -> tuple[int, int]:
    """Return how many objects an index names, and their bytes."""
    with closing(connect(index)) as connection:
        return connection.execute("SELECT count(*), coalesce(sum(size), 0) FROM objects").fetchone()


def _entries(connection: sqlite3.Connection) -> Iterator[IndexEntry]:
    after = b""
    while entries := page(connection, "", after):
        yield from entries
        after = encoded(entries[-1].info.key)
