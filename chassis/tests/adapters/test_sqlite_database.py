"""The writer of a database: writes of one group commit succeed and fail independently."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from threading import Event

import pytest

from chassis.adapters.sqlite.database import Database, opened
from testkit.grouped_writes import in_one_group

SCHEMA = "CREATE TABLE IF NOT EXISTS things (name TEXT PRIMARY KEY)"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    async with opened(tmp_path / "things.db", SCHEMA) as database:
        yield database


def adding(name: str) -> Callable[[sqlite3.Connection], str]:
    def add(connection: sqlite3.Connection) -> str:
        connection.execute("INSERT INTO things VALUES (?)", (name,))
        return name

    return add


def failing(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO things VALUES ('half done')")
    raise LookupError("no")


def losing(connection: sqlite3.Connection) -> None:
    """Fail as SQLite does when it rolls the whole transaction back by itself."""
    connection.execute("INSERT OR ROLLBACK INTO things VALUES ('first'), ('first')")


async def names(database: Database) -> list[str]:
    return await database.read(lambda connection: [row[0] for row in connection.execute("SELECT name FROM things")])


@pytest.mark.parametrize("problem", [failing, losing])
async def test_a_failing_write_does_not_fail_its_group(
    database: Database, problem: Callable[[sqlite3.Connection], None]
) -> None:
    outcomes = await in_one_group(database, adding("a"), problem, adding("b"))
    assert (outcomes[0], outcomes[2]) == ("a", "b")
    assert isinstance(outcomes[1], LookupError | sqlite3.IntegrityError)
    assert await names(database) == ["a", "b"]


async def test_a_violated_constraint_fails_only_its_write(database: Database) -> None:
    outcomes = await in_one_group(database, adding("a"), adding("a"), adding("b"))
    assert [type(outcome) for outcome in outcomes] == [str, sqlite3.IntegrityError, str]
    assert await names(database) == ["a", "b"]


async def test_queued_writes_are_committed_together(database: Database) -> None:
    statements: list[str] = []
    await database.write(lambda connection: connection.set_trace_callback(statements.append))
    statements.clear()
    await in_one_group(database, *(adding(f"{number}") for number in range(100)))
    busy_and_the_group = 2
    assert statements.count("COMMIT") == busy_and_the_group


async def test_cancelling_a_caller_does_not_affect_other_writes(database: Database) -> None:
    started, proceed = Event(), Event()

    def busy(_: sqlite3.Connection) -> None:
        started.set()
        assert proceed.wait(10)

    waiting = [asyncio.ensure_future(database.write(work)) for work in (busy, adding("a"), adding("b"))]
    await asyncio.to_thread(started.wait, 10)
    waiting[1].cancel()
    proceed.set()
    await waiting[2]
    assert waiting[1].cancelled()
    assert await names(database) == ["a", "b"]


async def test_closing_runs_the_queued_writes(tmp_path: Path) -> None:
    path = tmp_path / "things.db"
    async with opened(path, SCHEMA) as database:
        writing = [asyncio.ensure_future(database.write(adding(f"{number}"))) for number in range(300)]
        await asyncio.sleep(0)
    assert [await write for write in writing] == [f"{number}" for number in range(300)]
    async with opened(path, SCHEMA) as database:
        assert len(await names(database)) == 300


async def test_an_invalid_statement_is_not_an_unavailable_store(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError):
        await database.read(lambda connection: connection.execute("SELECT nothing FROM nowhere"))
    with pytest.raises(sqlite3.OperationalError):
        await database.write(lambda connection: connection.execute("SELECT nothing FROM nowhere"))


async def test_every_commit_is_synced(database: Database) -> None:
    full = 2
    assert await database.write(lambda connection: connection.execute("PRAGMA synchronous").fetchone()[0]) == full
    assert await database.write(lambda connection: connection.execute("PRAGMA journal_mode").fetchone()[0]) == "wal"


_INSERT_IN_ANOTHER_PROCESS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("INSERT INTO things VALUES ('theirs')")
connection.commit()
connection.close()
"""


async def test_another_process_that_closes_the_database_keeps_the_log(tmp_path: Path) -> None:
    path = tmp_path / "things.db"
    async with opened(path, SCHEMA) as database:
        await database.write(adding("before"))
        assert await names(database) == ["before"]
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", _INSERT_IN_ANOTHER_PROCESS, str(path))
        assert await process.wait() == 0
        assert path.with_name("things.db-wal").exists()
        await database.write(adding("between"))
        assert sorted(await names(database)) == ["before", "between", "theirs"]
