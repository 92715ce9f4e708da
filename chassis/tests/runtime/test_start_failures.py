"""Workers that have failed since the start, and never ran, make the process not alive after a while."""

import asyncio

import pytest

from chassis.ports.event_store import StoreRefused, StoreUnavailable
from chassis.runtime.service import Worker
from chassis.runtime.settings import InvalidSettings
from chassis.runtime.start_failures import StartFailures
from chassis.runtime.supervisor import Supervisor
from testkit.eventually import eventually

REFUSED = StoreRefused("CALIFORNIA_GOLD_MONGODB_URI: refused")


@pytest.fixture(autouse=True)
def short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.runtime.supervisor._OUTAGE_DELAY", 0.01)


def always_raising(problem: Exception) -> Worker:
    async def run() -> None:
        raise problem

    return Worker("worker", run)


def supervisor(*workers: Worker, patience_seconds: float = 1.0) -> Supervisor:
    return Supervisor(workers, start_failures=StartFailures(patience_seconds))


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (REFUSED, "CALIFORNIA_GOLD_MONGODB_URI: refused"),
        (InvalidSettings("CALIFORNIA_GOLD_WORK_DIR: read-only"), "CALIFORNIA_GOLD_WORK_DIR: read-only"),
        (FileExistsError("a name of a patient"), "FileExistsError"),
    ],
)
async def test_a_failure_since_the_start_is_overdue_after_the_patience(problem: Exception, reason: str) -> None:
    failing = supervisor(always_raising(problem), patience_seconds=3600)
    async with failing.running():
        assert await eventually(failing.start_failures.problem) == reason
        assert await failing.start_failures.overdue() is None
        failing.start_failures.patience_seconds = 0.1
        assert await eventually(failing.start_failures.overdue) == reason


async def test_an_outage_is_never_overdue() -> None:
    waiting, refused = supervisor(always_raising(StoreUnavailable("away"))), supervisor(always_raising(REFUSED))
    async with waiting.running(), refused.running():
        await eventually(refused.start_failures.overdue)  # the same time has passed
        assert await waiting.start_failures.overdue() is None
        assert await waiting.start_failures.problem() is None


async def test_an_outage_ends_a_series_of_refusals() -> None:
    outcomes = iter([REFUSED, REFUSED, *[StoreUnavailable("away")] * 1000])
    runs: list[int] = []

    async def run() -> None:
        runs.append(1)
        raise next(outcomes)

    async def is_waiting() -> bool:
        return len(runs) > 5

    interrupted = supervisor(Worker("worker", run))
    async with interrupted.running():
        await eventually(is_waiting)
        assert await interrupted.start_failures.problem() is None


async def test_a_worker_that_runs_is_not_overdue_even_when_it_is_refused_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.runtime.start_failures._RUNS_AFTER_SECONDS", 0.05)
    rotated, refusals = asyncio.Event(), list[int]()

    async def run() -> None:
        if refusals and not rotated.is_set():
            await rotated.wait()
        refusals.append(1)
        raise REFUSED

    async def has_started() -> bool:
        return await running.start_failures.problem() is None

    async def refused_often() -> bool:
        return len(refusals) > 150  # at 10 ms each: longer than the patience

    running = supervisor(Worker("worker", run))
    async with running.running():
        await eventually(running.start_failures.problem)
        await eventually(has_started)
        rotated.set()
        await eventually(refused_often)
        assert await running.start_failures.overdue() is None
        assert await running.start_failures.problem() is None


async def test_workers_hand_over_while_those_of_the_routes_run_on() -> None:
    ended: list[str] = []

    def worker(name: str) -> Worker:
        async def run() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(name)

        return Worker(name, run)

    both = Supervisor([worker("consumer")], [worker("feed")])
    async with both.running():
        await asyncio.sleep(0)
        await both.hand_over()
        assert ended == ["consumer"]
        assert await both.problem() == "stopping"
    assert ended == ["consumer", "feed"]
