"""Reading whether the object store in a folder is whole, without changing it."""

import sqlite3
import time
from pathlib import Path

from chassis.adapters.filesystem.object_index import IndexEntry, encoded, find, page


def missing_blob(connection: sqlite3.Connection, folder: Path, seconds: float) -> tuple[IndexEntry | None, int]:
    """Return the first entry whose blob is missing or has another size, and how many entries there was time to read.

    An entry that was replaced or deleted meanwhile is none: it is looked up again.
    """
    deadline, after, count = time.monotonic() + seconds, b"", 0
    while time.monotonic() < deadline and (entries := page(connection, "", after)):
        for entry in entries:
            if not _is_whole(folder, entry) and find(connection, entry.info.key) == entry:
                return entry, count
        count, after = count + len(entries), encoded(entries[-1].info.key)
    return None, count


def _is_whole(folder: Path, entry: IndexEntry) -> bool:
    try:
        return (folder / entry.blob[:2] / entry.blob).stat().st_size == entry.info.size
    except FileNotFoundError:
        return False
