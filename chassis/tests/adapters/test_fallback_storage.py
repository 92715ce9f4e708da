"""Limits hold while the shared store of the counters is away or slow: the process counts."""

import asyncio

import pytest
from structlog.testing import capture_logs

from chassis.adapters.memory.fallback_storage import FallbackStorage
from chassis.adapters.memory.window_storage import WindowStorage
from chassis.ports.clock import SystemClock
from chassis.ports.event_store import StoreUnavailable
from testkit.conformance.samples import DEADLINE_SECONDS


class Shared(WindowStorage):
    """A shared store that fails with `failure`, or never answers while it `hangs`."""

    failure: Exception | None = None
    hangs = False
    calls = 0

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        self.calls += 1
        if self.failure:
            raise self.failure
        if self.hangs:
            await asyncio.Event().wait()
        return await super().incr(key, expiry, amount)


@pytest.fixture
def shared() -> Shared:
    return Shared(SystemClock())


@pytest.fixture
def storage(shared: Shared) -> FallbackStorage:
    return FallbackStorage(shared, WindowStorage(SystemClock()))


async def counts(storage: FallbackStorage, times: int) -> list[int]:
    return [await storage.incr("caller", 60) for _ in range(times)]


async def test_an_unavailable_store_is_replaced_by_the_process_and_not_asked_again_at_once(
    storage: FallbackStorage, shared: Shared
) -> None:
    shared.failure = StoreUnavailable("away")
    with capture_logs() as logs:
        assert await counts(storage, 10) == list(range(1, 11))
    assert shared.calls == 1
    assert [(log["event"], log["reason"]) for log in logs] == [("rate_limits_counted_in_process", "away")]
    assert await storage.get("caller") == 10
    assert await storage.get_expiry("caller") > SystemClock().now().timestamp()


async def test_one_slow_answer_suspends_no_limit(storage: FallbackStorage, shared: Shared) -> None:
    shared.hangs = True
    async with asyncio.timeout(DEADLINE_SECONDS):
        assert await counts(storage, 3) == [1, 2, 3]


async def test_a_recovered_store_counts_again(
    storage: FallbackStorage, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FallbackStorage, "RETRY_SECONDS", 0.0)
    assert await counts(storage, 2) == [1, 2]
    with capture_logs() as logs:
        shared.failure = StoreUnavailable("away")
        assert await counts(storage, 3) == [1, 2, 3]
        shared.failure = None
        assert await counts(storage, 2) == [3, 4]
        shared.failure = StoreUnavailable("away")
        assert await counts(storage, 1) == [4], "the window of the process is still open"
    assert [log["event"] for log in logs] == ["rate_limits_counted_in_process"] * 2
