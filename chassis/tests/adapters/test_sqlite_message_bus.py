from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.adapters.sqlite.message_bus import SqliteMessageBus, sqlite_message_bus
from testkit.conformance import MessageBusConformance


class TestSqliteMessageBus(MessageBusConformance):
    @pytest.fixture
    async def message_bus(self, tmp_path: Path) -> AsyncIterator[SqliteMessageBus]:
        async with sqlite_message_bus(tmp_path / "messages.db") as bus:
            yield bus
