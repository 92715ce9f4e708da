import asyncio
from datetime import timedelta

import pytest

from chassis.infrastructure import Infrastructure
from chassis.lease import LEASES, Lease, LeaseLost

BRIEF = timedelta(milliseconds=300)


def _lease(infrastructure: Infrastructure, holder: str, term: timedelta = BRIEF) -> Lease:
    return Lease(infrastructure.documents, infrastructure.clock, "the-pen", holder, term)


async def test_one_at_a_time_holds_it(infrastructure: Infrastructure) -> None:
    waiting = asyncio.Event()

    async def second() -> int:
        waiting.set()
        async with _lease(infrastructure, "second").held() as (fence, _):
            return fence

    async with _lease(infrastructure, "first").held() as (first_fence, _):
        contender = asyncio.ensure_future(second())
        await waiting.wait()
        done, _ = await asyncio.wait({contender}, timeout=BRIEF.total_seconds() * 2)
        assert not done

    assert await contender > first_fence


async def test_a_holder_that_died_is_followed_when_its_term_ends(infrastructure: Infrastructure) -> None:
    dead = _lease(infrastructure, "dead")
    async with dead.held() as (fence, _):
        crashed = await infrastructure.documents.get(LEASES, "the-pen")
    assert crashed is not None
    await infrastructure.documents.delete(LEASES, ["the-pen"])
    await infrastructure.documents.put_newer(LEASES, [crashed])

    async with _lease(infrastructure, "heir").held() as (next_fence, _):
        assert next_fence > fence


async def test_the_same_holder_takes_it_over_at_once(infrastructure: Infrastructure) -> None:
    long = timedelta(hours=1)
    async with _lease(infrastructure, "me", long).held() as (fence, _):
        crashed = await infrastructure.documents.get(LEASES, "the-pen")
    assert crashed is not None
    await infrastructure.documents.delete(LEASES, ["the-pen"])
    await infrastructure.documents.put_newer(LEASES, [crashed])

    async with asyncio.timeout(5), _lease(infrastructure, "me", long).held() as (again, _):
        assert again > fence


async def test_work_stops_when_the_lease_is_lost(infrastructure: Infrastructure) -> None:
    stopped = asyncio.Event()

    async def work(fence: int) -> None:
        try:
            await infrastructure.documents.delete(LEASES, ["the-pen"])
            await asyncio.Event().wait()
        finally:
            stopped.set()

    with pytest.raises(LeaseLost):
        await _lease(infrastructure, "robbed").run(work)

    assert stopped.is_set()


async def test_what_the_work_raises_is_raised(infrastructure: Infrastructure) -> None:
    async def work(fence: int) -> None:
        raise KeyError("work")

    with pytest.raises(KeyError, match="work"):
        await _lease(infrastructure, "worker").run(work)


async def test_work_stops_when_its_caller_is_cancelled(infrastructure: Infrastructure) -> None:
    started, stopped = asyncio.Event(), asyncio.Event()

    async def work(fence: int) -> None:
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            stopped.set()

    running = asyncio.ensure_future(_lease(infrastructure, "cancelled").run(work))
    await started.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert stopped.is_set()
