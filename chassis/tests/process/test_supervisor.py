"""Workers are kept running, and stopped in the end."""

import asyncio

import pytest

from chassis.service import Worker
from chassis.supervisor import Supervisor
from chassis.testing.eventually import eventually


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
        pauses.append(seconds)
        await sleep(0)

    async def failing() -> None:
        raise RuntimeError

    async def enough() -> bool:
        await sleep(0)
        return len(pauses) >= 10

    monkeypatch.setattr("chassis.supervisor.asyncio.sleep", recorded)
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
        monkeypatch.setattr("chassis.supervisor._WELL_AFTER", -1.0)
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
