from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.adapters.sqlite.key_store import SqliteKeyStore, sqlite_key_store
from testkit.conformance import KeyStoreConformance


class TestSqliteKeyStore(KeyStoreConformance):
    @pytest.fixture
    async def key_store(self, tmp_path: Path) -> AsyncIterator[SqliteKeyStore]:
        async with sqlite_key_store(tmp_path / "keys.db") as store:
            yield store
