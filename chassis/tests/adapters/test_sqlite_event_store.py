import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from chassis.adapters.sqlite.event_store import SqliteEventStore, sqlite_event_store
from chassis.ports.event_store import NO_STREAM
from testkit.conformance import EventStoreConformance
from testkit.conformance.samples import new_events


class TestSqliteEventStore(EventStoreConformance):
    @pytest.fixture
    async def event_store(self, tmp_path: Path) -> AsyncIterator[SqliteEventStore]:
        async with sqlite_event_store(tmp_path / "events.db") as store:
            yield store


@pytest.mark.parametrize("statement", ["DELETE FROM events", "UPDATE events SET data = x'00'"])
async def test_the_database_refuses_to_delete_or_change_an_event(tmp_path: Path, statement: str) -> None:
    async with sqlite_event_store(tmp_path / "events.db") as store:
        await store.append("job-1", new_events(2), NO_STREAM)
        stored = await store.read("job-1")
        with (
            closing(sqlite3.connect(tmp_path / "events.db")) as connection,
            pytest.raises(sqlite3.IntegrityError, match="events are never"),
        ):
            connection.execute(statement)
        assert await store.read("job-1") == stored
