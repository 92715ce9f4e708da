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


async def test_a_write_is_retried_until_it_succeeds() -> None:
    write = Write(2, LOST)

    assert await retry_on_conflict(write, "stream", max_attempts=3) == "written"
    assert write.attempts == 3


async def test_a_write_that_always_loses_ends_after_the_last_attempt() -> None:
    write = Write(3, LOST)

    with pytest.raises(StoreUnavailable, match="stream: 3 attempts"):
        await retry_on_conflict(write, "stream", max_attempts=3)
    assert write.attempts == 3


async def test_only_the_named_conflict_is_retried() -> None:
    lost, failed = Write(1, Conflict()), Write(1, LOST)

    assert await retry_on_conflict(lost, "stream", conflict=Conflict) == "written"
    with pytest.raises(WrongExpectedRevision):
        await retry_on_conflict(failed, "stream", conflict=Conflict)
    assert failed.attempts == 1
