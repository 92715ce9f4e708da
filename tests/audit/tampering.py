"""Ways to tamper with a log in SQLite, as an attacker with shell access could."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

_OF_STREAM = "stream = (SELECT id FROM streams WHERE name = ?)"
_OFFSET = 1000


@contextmanager
def opened(folder: Path) -> Generator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / "events.db", isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER IF EXISTS events_stay")
        connection.execute("DROP TRIGGER IF EXISTS events_stay_as_they_are")
        yield connection


def change(folder: Path, stream: str, revision: int, column: str, old: bytes, new: bytes) -> None:
    with opened(folder) as connection:
        where = f"{_OF_STREAM} AND revision = ?"
        (value,) = connection.execute(f"SELECT {column} FROM events WHERE {where}", (stream, revision)).fetchone()
        assert old in value
        connection.execute(f"UPDATE events SET {column} = ? WHERE {where}", (value.replace(old, new), stream, revision))


def change_type(folder: Path, stream: str, revision: int, new: str) -> None:
    with opened(folder) as connection:
        connection.execute(f"UPDATE events SET type = ? WHERE {_OF_STREAM} AND revision = ?", (new, stream, revision))


def delete(folder: Path, stream: str, revision: int, *, renumber: bool = False) -> None:
    with opened(folder) as connection:
        connection.execute(f"DELETE FROM events WHERE {_OF_STREAM} AND revision = ?", (stream, revision))
        if renumber:
            _shift(connection, stream, revision, -1)


def delete_after(folder: Path, stream: str, revision: int) -> None:
    with opened(folder) as connection:
        connection.execute(f"DELETE FROM events WHERE {_OF_STREAM} AND revision > ?", (stream, revision))
        connection.execute("DELETE FROM streams WHERE id NOT IN (SELECT stream FROM events)")


def insert_copy(folder: Path, stream: str, revision: int, new_id: bytes) -> None:
    """Insert a copy of an event after it, and renumber the later ones."""
    with opened(folder) as connection:
        _shift(connection, stream, revision, 1)
        rows = connection.execute(
            f"SELECT * FROM events WHERE {_OF_STREAM} AND revision >= ? ORDER BY position", (stream, revision)
        ).fetchall()
        # Positions are unique: the later events move behind the end of the log.
        (end,) = connection.execute("SELECT max(position) FROM events").fetchone()
        later = [row for row in rows if row[2] > revision]
        for number, row in enumerate(later, 2):
            connection.execute("UPDATE events SET position = ? WHERE position = ?", (end + number, row[0]))
        copy = rows[0]
        values = (end + 1, copy[1], revision + 1, copy[3], new_id, *copy[5:])
        connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)


def swap(folder: Path, stream: str, revision: int) -> None:
    """Swap an event with the next one, in the stream and in the log."""
    with opened(folder) as connection:
        statement = f"SELECT position FROM events WHERE {_OF_STREAM} AND revision = ?"
        (first,) = connection.execute(statement, (stream, revision)).fetchone()
        (second,) = connection.execute(statement, (stream, revision + 1)).fetchone()
        update = "UPDATE events SET position = ?, revision = ? WHERE position = ?"
        connection.execute(update, (-1, -1, first))
        connection.execute(update, (first, revision, second))
        connection.execute(update, (second, revision + 1, -1))


def _shift(connection: sqlite3.Connection, stream: str, after: int, by: int) -> None:
    for offset in (_OFFSET, by - _OFFSET):
        threshold = after if offset == _OFFSET else _OFFSET // 2
        connection.execute(
            f"UPDATE events SET revision = revision + ? WHERE {_OF_STREAM} AND revision > ?",
            (offset, stream, threshold),
        )
