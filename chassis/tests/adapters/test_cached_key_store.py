from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.adapters.memory.cached_key_store import MAX_AGE_SECONDS, CachedKeyStore
from chassis.adapters.sqlite.key_store import SqliteKeyStore, sqlite_key_store
from chassis.ports.key_store import KeyShredded
from testkit.conformance import KeyStoreConformance


@pytest.fixture
async def stored(tmp_path: Path) -> AsyncIterator[SqliteKeyStore]:
    async with sqlite_key_store(tmp_path / "keys.db") as store:
        yield store


class TestCachedKeyStore(KeyStoreConformance):
    @pytest.fixture
    def key_store(self, stored: SqliteKeyStore) -> CachedKeyStore:
        return CachedKeyStore(stored)


async def test_a_key_that_another_process_shreds_is_forgotten_within_a_minute(stored: SqliteKeyStore) -> None:
    now = [0.0]
    cached = CachedKeyStore(stored, lambda: now[0])
    key = await cached.key_for("texts:1")
    await stored.shred("texts:1")

    now[0] = MAX_AGE_SECONDS - 1
    assert await cached.get_many(["texts:1"]) == {"texts:1": key}
    now[0] = MAX_AGE_SECONDS
    assert await cached.get_many(["texts:1"]) == {}
    with pytest.raises(KeyShredded):
        await cached.key_for("texts:1")


async def test_a_cached_key_is_not_read_again(stored: SqliteKeyStore) -> None:
    cached = CachedKeyStore(stored)
    keys = {subject: await stored.key_for(subject) for subject in ("texts:1", "texts:2")}
    assert await cached.get_many(list(keys)) == keys
    for subject in keys:
        await stored.shred(subject)
    assert await cached.get_many(list(keys)) == keys


async def test_the_cache_is_bounded(stored: SqliteKeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.adapters.memory.cached_key_store._MAX_KEYS", 2)
    cached = CachedKeyStore(stored)
    for number in range(3):
        await cached.key_for(f"texts:{number}")
        await stored.shred(f"texts:{number}")
    assert set(await cached.get_many([f"texts:{number}" for number in range(3)])) == {"texts:1", "texts:2"}
