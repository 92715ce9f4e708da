"""The sweeper deletes what its rule calls orphaned, and survives a store that is unavailable."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.orphan_sweeper import OrphanSweeper
from testkit.eventually import eventually
from testkit.running import running

IN_USE = "files/1/in-use"


@dataclass
class EverythingButOne:
    """A rule whose first `failures` answers are `StoreUnavailable`."""

    prefixes: Sequence[str] = ("files/", "jobs/")
    failures: int = 0
    page_sizes: list[int] = field(default_factory=list[int])

    async def orphans(self, pages: AsyncIterator[Sequence[str]]) -> Collection[str]:
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("down")
        found: set[str] = set()
        async for page in pages:
            self.page_sizes.append(len(page))
            found |= set(page)
        return found - {IN_USE}


async def one_byte() -> AsyncIterator[bytes]:
    yield b"x"


async def put(infrastructure: Infrastructure, *keys: str) -> None:
    for key in keys:
        await infrastructure.objects.put(key, one_byte(), "application/octet-stream")


async def keys(infrastructure: Infrastructure) -> set[str]:
    return {listed.key async for listed in infrastructure.objects.list("")}


def sweeper(infrastructure: Infrastructure, rule: EverythingButOne, grace: timedelta = timedelta(0)) -> OrphanSweeper:
    ports, interval = infrastructure, timedelta(0)
    return OrphanSweeper("orphaned-objects", "objects_swept", rule, ports.objects, ports.clock, grace, interval)


async def test_orphans_under_the_prefixes_of_the_rule_are_deleted(infrastructure: Infrastructure) -> None:
    await put(infrastructure, IN_USE, "files/1/a", "jobs/1/b", "results/c")

    assert await sweeper(infrastructure, EverythingButOne()).sweep() == 2
    assert await keys(infrastructure) == {IN_USE, "results/c"}


async def test_an_object_younger_than_the_grace_stays(infrastructure: Infrastructure) -> None:
    await put(infrastructure, "files/1/a")

    assert await sweeper(infrastructure, EverythingButOne(), timedelta(hours=1)).sweep() == 0
    assert await keys(infrastructure) == {"files/1/a"}


async def test_the_rule_receives_pages_of_at_most_500_keys(infrastructure: Infrastructure) -> None:
    await put(infrastructure, *(f"files/1/{number}" for number in range(501)))
    rule = EverythingButOne()

    assert await sweeper(infrastructure, rule).sweep() == 501
    assert rule.page_sizes == [500, 1]


async def test_a_store_that_is_unavailable_interrupts_one_sweep_only(infrastructure: Infrastructure) -> None:
    await put(infrastructure, "files/1/a")
    worker = sweeper(infrastructure, EverythingButOne(failures=1)).worker

    async def swept() -> bool:
        return not await keys(infrastructure)

    with structlog.testing.capture_logs() as logs:
        async with running(worker.run()):
            await eventually(swept)
    assert logs[0] == {"event": "sweep_interrupted", "log_level": "warning", "reason": "down"}
    assert logs[1] == {"event": "objects_swept", "log_level": "info", "removed": 1}
