"""Rate limit counters in memory: windows of any length end, and hold no memory afterwards."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.adapters.memory.window_storage import WindowStorage
from testkit.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2030, 1, 1, tzinfo=UTC))


@pytest.fixture
def storage(clock: ManualClock) -> WindowStorage:
    return WindowStorage(clock, lambda: clock.now().timestamp())


async def test_expired_windows_are_evicted(storage: WindowStorage, clock: ManualClock) -> None:
    for number in range(100):
        await storage.incr(f"caller-{number}", 60)
    clock.time = clock.now() + timedelta(seconds=60)
    assert await storage.incr("caller-7", 60) == 1
    assert await storage.reset() == 1


async def test_windows_may_have_different_lengths(storage: WindowStorage, clock: ManualClock) -> None:
    await storage.incr("long", 3600)
    await storage.incr("short", 1)
    clock.time = clock.now() + timedelta(seconds=1)
    assert [await storage.get("long"), await storage.get("short")] == [1, 0]
    assert [await storage.incr("long", 1), await storage.incr("short", 1)] == [2, 1]
    assert await storage.get_expiry("long") == clock.now().timestamp() + 3599


async def test_a_window_that_was_cleared_begins_anew(storage: WindowStorage, clock: ManualClock) -> None:
    await storage.incr("caller", 10)
    await storage.clear("caller")
    clock.time = clock.now() + timedelta(seconds=5)
    await storage.incr("caller", 10)
    clock.time = clock.now() + timedelta(seconds=5)
    assert await storage.get("caller") == 1
