"""Multi-row INSERT."""

import sqlite3
from collections.abc import Sequence
from itertools import chain

_MAX_VALUES = 3500
"""Maximum number of values of one statement."""

Value = str | bytes | int | float | None


def insert_rows(
    connection: sqlite3.Connection, insert: str, rows: Sequence[Sequence[Value]], suffix: str = ""
) -> int | None:
    """Run `insert` (the statement before VALUES) for rows of one width, many per statement; append `suffix`.

    Returns the rowid of the last row.

    One statement per row costs a third more and reacquires the interpreter's lock for each row, which takes long while
    the event loop is busy.
    """
    last: int | None = None
    if not rows:
        return last
    row = f"({', '.join('?' * len(rows[0]))})"
    step = _MAX_VALUES // len(rows[0])
    for start in range(0, len(rows), step):
        batch = rows[start : start + step]
        statement = f"{insert} VALUES {', '.join([row] * len(batch))} {suffix}"
        last = connection.execute(statement, list(chain.from_iterable(batch))).lastrowid
    return last
