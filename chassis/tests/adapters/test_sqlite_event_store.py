from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.adapters.sqlite.event_store import SqliteEventStore, sqlite_event_store
from chassis.testing.conformance import EventStoreConformance


class TestSqliteEventStore(EventStoreConformance):
    @pytest.fixture
    async def event_store(self, tmp_path: Path) -> AsyncIterator[SqliteEventStore]:
        async with sqlite_event_store(tmp_path / "events.db") as store:
            yield store
