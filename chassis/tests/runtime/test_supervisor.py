"""The supervisor restarts failed workers, and stops all of them at the end."""

import asyncio
from contextlib import suppress

import pytest
import structlog

from chassis.ports.event_store import StoreUnavailable
from chassis.runtime.service import Worker
from chassis.runtime.supervisor import Supervisor
from testkit.eventually import eventually


async def test_a_failed_worker_is_restarted_and_the_others_continue() -> None:
    starts = {"failing": 0, "steady": 0}

    async def failing() -> None:
        starts["failing"] += 1
        if starts["failing"] < 3:
            raise RuntimeError
        await asyncio.Event().wait()

    async def steady() -> None:
        starts["steady"] += 1
        await asyncio.Event().wait()

    async def both() -> bool:
        return starts == {"failing": 3, "steady": 1}

    async with Supervisor([Worker("failing", failing), Worker("steady", steady)]).running():
        await eventually(both)


async def test_a_worker_that_returns_is_restarted() -> None:
    starts = 0

    async def ending() -> None:
        nonlocal starts
        starts += 1

    async def twice() -> bool:
        return starts >= 2

    async with Supervisor([Worker("ending", ending)]).running():
        await eventually(twice)


async def test_the_delay_between_restarts_grows_exponentially(monkeypatch: pytest.MonkeyPatch) -> None:
    delays: list[float] = []
    sleep = asyncio.sleep

    async def recorded(seconds: float) -> None:
        task = asyncio.current_task()
        ours = task is not None and task.get_name() == "failing"  # tasks of other threads may sleep too
        if ours:
            delays.append(seconds)
        await sleep(0 if ours else seconds)

    async def failing() -> None:
        raise RuntimeError

    async def enough() -> bool:
        await sleep(0)
        return len(delays) >= 10

    monkeypatch.setattr("chassis.runtime.supervisor.asyncio.sleep", recorded)
    async with Supervisor([Worker("failing", failing)]).running():
        while not await enough():
            pass
    assert delays[:4] == [0.1, 0.2, 0.4, 0.8]
    assert delays[9] == 30.0


async def test_a_failure_is_reported_until_the_worker_has_run_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = asyncio.Event()

    async def failing_once() -> None:
        if not failed.is_set():
            failed.set()
            raise RuntimeError
        await asyncio.Event().wait()

    supervisor = Supervisor([Worker("relay", failing_once)])
    assert await supervisor.problem() is None
    async with supervisor.running():
        await failed.wait()
        await eventually(supervisor.problem)
        assert await supervisor.problem() == "failing: relay"
        monkeypatch.setattr("chassis.runtime.supervisor._HEALTHY_AFTER", -1.0)
        assert await supervisor.problem() is None


async def test_workers_are_cancelled_at_the_end_and_clean_up() -> None:
    cleaned: list[str] = []
    started = asyncio.Event()

    async def work() -> None:
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append("work")

    async with Supervisor([Worker("work", work)]).running():
        await started.wait()
    assert cleaned == ["work"]


async def test_an_outage_of_a_store_is_not_a_failure_and_is_logged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.runtime.supervisor._OUTAGE_DELAY", 0.0)
    starts, back = 0, asyncio.Event()

    async def without_store() -> None:
        nonlocal starts
        starts += 1
        if starts < 5:
            raise StoreUnavailable("kafka is unavailable")
        back.set()
        await asyncio.Event().wait()

    with structlog.testing.capture_logs() as logs:
        supervisor = Supervisor([Worker("relay", without_store)])
        async with supervisor.running():
            await back.wait()
            assert await supervisor.problem() is None
    assert [(line["event"], line["worker"], line["reason"]) for line in logs] == [
        ("store_awaited", "relay", "kafka is unavailable")
    ]


async def test_a_drain_that_ignores_its_cancellation_or_fails_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chassis.runtime.supervisor._GRACE_PERIOD", 0.1)
    released, stopped = asyncio.Event(), list[str]()
    asyncio.get_running_loop().call_later(5, released.set)  # the test fails then, instead of waiting for ever

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append("work")

    async def stubborn() -> None:
        while not released.is_set():
            with suppress(asyncio.CancelledError):
                await released.wait()

    async def failing() -> None:
        raise RuntimeError

    workers = [Worker("stubborn", work, drain=stubborn), Worker("failing", work, drain=failing)]
    with structlog.testing.capture_logs() as logs:
        async with Supervisor(workers).running():
            await asyncio.sleep(0)
    assert not released.is_set()
    released.set()
    assert stopped == ["work", "work"]
    assert [(line["event"], line["worker"]) for line in logs] == [
        ("drain_failed", "failing"),
        ("worker_not_drained", "stubborn"),
    ]


async def test_work_in_progress_is_finished_before_the_end_and_none_is_started() -> None:
    lock, started, done, draining = asyncio.Lock(), list[int](), list[int](), asyncio.Event()

    async def work() -> None:
        for number in range(100):
            async with lock:
                started.append(number)
                await draining.wait()
                await asyncio.sleep(0)
                done.append(number)

    async def drain() -> None:
        draining.set()
        await lock.acquire()

    async def is_working() -> bool:
        return bool(started)

    async with Supervisor([Worker("work", work, drain=drain)]).running():
        await eventually(is_working)
    assert started == done == [0]


async def test_failures_of_a_worker_are_counted_and_outages_of_a_store_are_not() -> None:
    async def failing() -> None:
        raise RuntimeError

    async def without_store() -> None:
        raise StoreUnavailable("away")

    supervisor = Supervisor([Worker("failing", failing), Worker("waiting", without_store)])

    async def failed_twice() -> bool:
        return (await failures())["failing"] >= 2

    async def failures() -> dict[str, float]:
        return {measured.labels["worker"]: measured.value for measured in await supervisor.measure()}

    assert await failures() == {"failing": 0, "waiting": 0}
    async with supervisor.running():
        await eventually(failed_twice)
    assert (await failures())["waiting"] == 0
