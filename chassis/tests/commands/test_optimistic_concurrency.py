import asyncio
from dataclasses import dataclass

import pytest

from chassis.commands.optimistic_concurrency import retry_on_conflict
from chassis.ports.event_store import StoreUnavailable, WrongExpectedRevision


class Conflict(Exception):
    """Another kind of conflict."""


@dataclass
class Write:
    """A write that loses `conflicts` times."""

    conflicts: int
    problem: Exception
    attempts: int = 0

    async def __call__(self) -> str:
        self.attempts += 1
        if self.attempts <= self.conflicts:
            raise self.problem
        return "written"


LOST = WrongExpectedRevision("stream", 1, 2)


async def test_a_write_is_retried_until_it_succeeds_however_often_it_lost() -> None:
    write = Write(12, LOST)

    assert await retry_on_conflict(write, "stream") == "written"
    assert write.attempts == 13


async def test_a_write_that_always_loses_ends_at_the_deadline() -> None:
    write = Write(1000, LOST)

    with pytest.raises(StoreUnavailable, match="stream: writes of other processes"):
        await retry_on_conflict(write, "stream", seconds=0.1)
    assert 1 <= write.attempts < 1000


async def test_a_write_whose_time_is_up_is_tried_once() -> None:
    write = Write(1, LOST)

    with pytest.raises(StoreUnavailable):
        await retry_on_conflict(write, "stream", seconds=0)
    assert write.attempts == 1


async def test_writers_that_met_once_pause_for_different_times(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = list[float]()
    sleep, writer = asyncio.sleep, asyncio.current_task()

    async def recorded(seconds: float) -> None:
        if asyncio.current_task() is writer:
            pauses.append(seconds)
        await sleep(0)

    monkeypatch.setattr("chassis.commands.optimistic_concurrency.asyncio.sleep", recorded)
    for _ in range(20):
        await retry_on_conflict(Write(8, LOST), "stream")

    assert len(set(pauses)) == len(pauses) == 160
    assert max(pauses[::8]) <= 0.01
    assert 0.1 < max(pauses) <= 0.25


async def test_only_the_named_conflict_is_retried() -> None:
    lost, failed = Write(1, Conflict()), Write(1, LOST)

    assert await retry_on_conflict(lost, "stream", conflict=Conflict) == "written"
    with pytest.raises(WrongExpectedRevision):
        await retry_on_conflict(failed, "stream", conflict=Conflict)
    assert failed.attempts == 1
