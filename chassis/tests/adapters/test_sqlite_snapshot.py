"""Copies of several files are as of one instant, whatever is written to them meanwhile."""

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from chassis.adapters.sqlite.connection import connect
from chassis.adapters.sqlite.snapshot import copy, snapshots
from chassis.ports.event_store import StoreUnavailable

FILES, ROUNDS = 30, 60
"""So many that a writer counts up some of them while the others are opened, unless it is held."""


def value(connection: sqlite3.Connection) -> int:
    return connection.execute("SELECT value FROM counter").fetchone()[0]


@pytest.fixture
def counters(tmp_path: Path) -> list[Path]:
    """Files that a writer counts up, one after the other."""
    paths = [tmp_path / f"{name}.db" for name in range(FILES)]
    for path in paths:
        with closing(connect(path)) as connection:
            connection.execute("CREATE TABLE counter (value INTEGER)")
            connection.execute("INSERT INTO counter VALUES (0)")
    return paths


def count_up(paths: list[Path], stopped: Event) -> None:
    connections = [connect(path) for path in paths]
    for connection in connections:
        connection.execute("PRAGMA synchronous=OFF")
    while not stopped.is_set():
        for connection in connections:
            connection.execute("UPDATE counter SET value = value + 1")
    for connection in connections:
        connection.close()


def test_no_snapshot_is_older_than_another_and_copies_are_of_the_snapshot(counters: list[Path], tmp_path: Path) -> None:
    stopped, seen = Event(), [0]
    writer = Thread(target=count_up, args=(counters, stopped))
    writer.start()
    try:
        for number in range(ROUNDS):
            with snapshots(counters) as sources:
                seen = [value(source) for source in sources]
                # A later file is never ahead of an earlier one, and at most one change behind.
                assert seen == sorted(seen, reverse=True)
                assert seen[-1] >= seen[0] - 1
                copy(sources[0], tmp_path / f"copy-{number}.db", lambda _: None)
            with closing(connect(tmp_path / f"copy-{number}.db")) as copied:
                assert value(copied) == seen[0]
    finally:
        stopped.set()
        writer.join()
    assert seen[0] > 0


def test_a_copy_reports_all_its_bytes(counters: list[Path], tmp_path: Path) -> None:
    reported: list[int] = []
    with snapshots(counters[:1]) as (source,):
        copy(source, tmp_path / "copy.db", reported.append)
    assert sum(reported) == (tmp_path / "copy.db").stat().st_size


def test_a_file_that_is_no_database_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "other.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreUnavailable), snapshots([tmp_path / "other.db"]):
        pass
