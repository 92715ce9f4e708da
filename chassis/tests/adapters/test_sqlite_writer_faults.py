"""The writer thread survives every error of SQLite: a write succeeds or fails, and later ones succeed."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from threading import Event

import pytest

from chassis.adapters.sqlite.database import Database, opened
from chassis.ports.event_store import StoreUnavailable
from testkit.grouped_writes import in_one_group

SCHEMA = "CREATE TABLE IF NOT EXISTS things (name TEXT PRIMARY KEY)"
Work = Callable[[sqlite3.Connection], object]


@pytest.fixture
async def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Database]:
    monkeypatch.setattr("chassis.adapters.sqlite.writer._POLL_SECONDS", 0.01)
    async with opened(tmp_path / "things.db", SCHEMA, truncates_log=True) as database:
        yield database


def adding(name: str) -> Work:
    return lambda connection: connection.execute("INSERT INTO things VALUES (?)", (name,))


def failing(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO things VALUES ('half done')")
    raise LookupError("no")


async def names(database: Database) -> list[str]:
    rows = await database.read(lambda connection: connection.execute("SELECT name FROM things").fetchall())
    return sorted(row[0] for row in rows)


def refusing(action: int, subject: str, refused: Event) -> Work:
    """Return a work after which SQLite refuses a kind of statement on the writer's present connection."""

    def authorize(asked: int, first: str | None, *_: str | None) -> int:
        if (asked, first) != (action, subject):
            return sqlite3.SQLITE_OK
        refused.set()
        return sqlite3.SQLITE_DENY

    return lambda connection: connection.set_authorizer(authorize)


async def break_statements(database: Database, action: int, subject: str) -> Event:
    """Let SQLite refuse a kind of statement; the event says that it did."""
    refused = Event()
    await database.write(refusing(action, subject, refused))
    return refused


@pytest.mark.parametrize("pragma", ["data_version", "wal_checkpoint"])
async def test_an_error_between_two_writes_does_not_stop_later_ones(database: Database, pragma: str) -> None:
    refused = await break_statements(database, sqlite3.SQLITE_PRAGMA, pragma)
    assert await asyncio.to_thread(refused.wait, 10)
    await asyncio.wait_for(database.write(adding("a")), 10)
    assert await names(database) == ["a"]


async def test_a_transaction_that_cannot_begin_fails_its_writes_and_no_later_one(database: Database) -> None:
    await break_statements(database, sqlite3.SQLITE_TRANSACTION, "BEGIN")
    with pytest.raises(StoreUnavailable):
        await asyncio.wait_for(database.write(adding("a")), 10)
    await asyncio.wait_for(database.write(adding("b")), 10)
    assert await names(database) == ["b"]


async def test_a_transaction_that_can_be_neither_committed_nor_rolled_back_is_undone(database: Database) -> None:
    def commit_fails(connection: sqlite3.Connection) -> None:
        adding("a")(connection)
        connection.set_authorizer(_no_transaction)

    with pytest.raises(StoreUnavailable):
        await asyncio.wait_for(database.write(commit_fails), 10)
    await asyncio.wait_for(database.write(adding("b")), 10)
    assert await names(database) == ["b"]


async def test_writes_of_a_group_whose_rollback_fails_are_tried_alone(database: Database) -> None:
    await database.write(lambda connection: connection.set_authorizer(_no_rollback))
    outcomes = await in_one_group(database, adding("a"), failing, adding("b"))
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [LookupError]
    await asyncio.wait_for(database.write(adding("c")), 10)
    assert await names(database) == ["a", "b", "c"]


async def test_an_error_of_the_module_without_a_code_fails_only_its_write(database: Database) -> None:
    def too_few_parameters(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO things VALUES (?)", ())

    with pytest.raises(sqlite3.ProgrammingError):
        await asyncio.wait_for(database.write(too_few_parameters), 10)
    await asyncio.wait_for(database.write(adding("a")), 10)
    assert await names(database) == ["a"]


async def test_writes_fail_while_the_file_is_away_and_succeed_once_it_is_back(
    database: Database, tmp_path: Path
) -> None:
    path, away = tmp_path / "things.db", tmp_path / "elsewhere.db"
    path.rename(away)
    await break_statements(database, sqlite3.SQLITE_TRANSACTION, "BEGIN")
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await asyncio.wait_for(database.write(adding("lost")), 10)
    assert not path.exists()
    path.touch()
    with pytest.raises(StoreUnavailable, match="replaced"):
        await asyncio.wait_for(database.write(adding("lost")), 10)
    away.replace(path)
    await asyncio.wait_for(database.write(adding("kept")), 10)
    assert await names(database) == ["kept"]


async def test_a_new_connection_notices_what_another_process_commits(database: Database, tmp_path: Path) -> None:
    refused = await break_statements(database, sqlite3.SQLITE_PRAGMA, "data_version")
    assert await asyncio.to_thread(refused.wait, 10)
    await asyncio.wait_for(database.write(adding("ours")), 10)
    with database.waiters.watching(["things"]) as changed:
        changed.clear()
        other = sqlite3.connect(tmp_path / "things.db", isolation_level=None)
        other.execute("INSERT INTO things VALUES ('theirs')")
        other.close()
        await asyncio.wait_for(changed.wait(), 10)
    assert await names(database) == ["ours", "theirs"]


def _no_transaction(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_TRANSACTION else sqlite3.SQLITE_OK


def _no_rollback(_: int, operation: str | None, *__: str | None) -> int:
    return sqlite3.SQLITE_DENY if operation == "ROLLBACK" else sqlite3.SQLITE_OK
