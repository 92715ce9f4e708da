"""Workers are kept running, and stopped in the end."""

import asyncio

import pytest
import structlog

from chassis.ports.event_store import StoreUnavailable
from chassis.runtime.service import Worker
from chassis.runtime.supervisor import Supervisor
from testkit.eventually import eventually


async def test_a_worker_that_fails_is_started_again_and_the_others_go_on() -> None:
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


async def test_a_worker_that_simply_ends_is_started_again() -> None:
    starts = 0

    async def ending() -> None:
        nonlocal starts
        starts += 1

    async def twice() -> bool:
        return starts >= 2

    async with Supervisor([Worker("ending", ending)]).running():
        await eventually(twice)


async def test_the_pauses_grow_while_it_keeps_failing(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def recorded(seconds: float) -> None:
        task = asyncio.current_task()
        ours = task is not None and task.get_name() == "failing"  # others, in other threads, may sleep too
        if ours:
            pauses.append(seconds)
        await sleep(0 if ours else seconds)

    async def failing() -> None:
        raise RuntimeError

    async def enough() -> bool:
        await sleep(0)
        return len(pauses) >= 10

    monkeypatch.setattr("chassis.runtime.supervisor.asyncio.sleep", recorded)
    async with Supervisor([Worker("failing", failing)]).running():
        while not await enough():
            pass
    assert pauses[:4] == [0.1, 0.2, 0.4, 0.8]
    assert pauses[9] == 30.0


async def test_a_failure_is_a_problem_until_the_worker_has_run_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
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
        monkeypatch.setattr("chassis.runtime.supervisor._WELL_AFTER", -1.0)
        assert await supervisor.problem() is None


async def test_workers_end_with_the_block_and_clean_up() -> None:
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


async def test_a_store_that_is_away_is_no_failure_and_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.runtime.supervisor._PAUSE_WITHOUT_STORE", 0.0)
    starts, back = 0, asyncio.Event()

    async def without_store() -> None:
        nonlocal starts
        starts += 1
        if starts < 5:
            raise StoreUnavailable("kafka is away")
        back.set()
        await asyncio.Event().wait()

    with structlog.testing.capture_logs() as logs:
        supervisor = Supervisor([Worker("relay", without_store)])
        async with supervisor.running():
            await back.wait()
            assert await supervisor.problem() is None
    assert [(line["event"], line["worker"], line["reason"]) for line in logs] == [
        ("store_awaited", "relay", "kafka is away")
    ]


async def test_what_is_half_done_is_finished_before_the_end_and_nothing_is_begun() -> None:
    turn, begun, done, resting = asyncio.Lock(), list[int](), list[int](), asyncio.Event()

    async def work() -> None:
        for number in range(100):
            async with turn:
                begun.append(number)
                await resting.wait()
                await asyncio.sleep(0)
                done.append(number)

    async def drain() -> None:
        resting.set()
        await turn.acquire()

    async def at_work() -> bool:
        return bool(begun)

    async with Supervisor([Worker("work", work, drain=drain)]).running():
        await eventually(at_work)
    assert begun == done == [0]
