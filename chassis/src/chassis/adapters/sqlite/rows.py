"""Inserting many rows."""

import sqlite3
from collections.abc import Sequence
from itertools import chain

_VALUES = 3500
"""How many values go in one statement."""

Value = str | bytes | int | float | None


def insert_rows(connection: sqlite3.Connection, insert: str, rows: Sequence[Sequence[Value]], then: str = "") -> None:
    """Run `insert` (up to VALUES) for rows of one width, many in a statement, followed by `then`.

    A statement for each row costs a third more, and gives up and awaits the interpreter's lock at each, which takes
    long while the event loop is busy.
    """
    if not rows:
        return
    row = f"({', '.join('?' * len(rows[0]))})"
    step = _VALUES // len(rows[0])
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        statement = f"{insert} VALUES {', '.join([row] * len(some))} {then}"
        connection.execute(statement, list(chain.from_iterable(some)))
