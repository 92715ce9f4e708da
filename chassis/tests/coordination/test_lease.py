import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from chassis.coordination.lease import LEASES, Lease, LeaseLost
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from testkit.conformance.samples import DEADLINE_SECONDS
from testkit.eventually import eventually

BRIEF = timedelta(milliseconds=300)
CALM = timedelta(seconds=3)
"""Long enough to be kept on a busy machine."""


def _lease(infrastructure: Infrastructure, holder: str, term: timedelta = BRIEF) -> Lease:
    return Lease(infrastructure.documents, infrastructure.clock, "the-pen", holder, term)


async def _acquired(lease: Lease) -> int:
    async with lease.held() as (fence, _):
        return fence


@dataclass
class _Ahead:
    by: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


@dataclass
class _Unreachable:
    """A store that one process is cut off from; what it still says of others' collections does not matter here."""

    store: DocumentStore
    away: bool = False

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        if self.away:
            raise StoreUnavailable("away")
        return await self.store.get(collection, document_id)

    async def compare_and_set(self, collection: Collection, document: Document, expected: int | None) -> bool:
        if self.away:
            raise StoreUnavailable("away")
        return await self.store.compare_and_set(collection, document, expected)


@dataclass
class _Forgetful:
    """A store whose answers to some writes are lost: they were done."""

    store: DocumentStore
    lost_answers: int = 0
    written: int = 0

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        return await self.store.get(collection, document_id)

    async def compare_and_set(self, collection: Collection, document: Document, expected: int | None) -> bool:
        outcome = await self.store.compare_and_set(collection, document, expected)
        if self.lost_answers > 0:
            self.lost_answers, self.written = self.lost_answers - 1, 0
            raise StoreUnavailable("the answer was lost")
        self.written += outcome
        return outcome

    async def written_after_the_loss(self) -> bool:
        return self.lost_answers == 0 and self.written >= 2


async def test_one_at_a_time_holds_it(infrastructure: Infrastructure) -> None:
    term = timedelta(seconds=1)
    async with _lease(infrastructure, "first", term).held() as (first_fence, _):
        contender = asyncio.ensure_future(_acquired(_lease(infrastructure, "second", term)))
        done, _ = await asyncio.wait({contender}, timeout=1.2 * term.total_seconds())
        assert not done

    assert await contender > first_fence


async def _left_behind(infrastructure: Infrastructure, holder: str, term: timedelta = BRIEF) -> int:
    """Leave the lease as a process leaves it that is killed; return its fencing number."""
    async with _lease(infrastructure, holder, term).held() as (fence, _):
        crashed = await infrastructure.documents.get(LEASES, "the-pen")
    assert crashed is not None
    await infrastructure.documents.delete(LEASES, ["the-pen"])
    await infrastructure.documents.put_newer(LEASES, [crashed])
    return fence


async def test_a_holder_that_died_is_followed_when_its_term_ends(infrastructure: Infrastructure) -> None:
    fence = await _left_behind(infrastructure, "dead")
    async with asyncio.timeout(DEADLINE_SECONDS), _lease(infrastructure, "heir").held() as (next_fence, _):
        assert next_fence > fence


async def test_a_clock_that_is_ahead_robs_nobody(infrastructure: Infrastructure) -> None:
    ahead = replace(infrastructure, clock=_Ahead(timedelta(hours=1)))
    async with _lease(infrastructure, "first", CALM).held() as (_, lost):
        contender = asyncio.ensure_future(_acquired(_lease(ahead, "second", CALM)))
        done, _ = await asyncio.wait({contender, lost}, timeout=CALM.total_seconds() / 3)
        assert not done
    async with asyncio.timeout(DEADLINE_SECONDS):
        await contender


async def test_what_was_given_back_is_taken_at_once(infrastructure: Infrastructure) -> None:
    long = timedelta(hours=1)
    first = await _acquired(_lease(infrastructure, "first", long))
    async with asyncio.timeout(DEADLINE_SECONDS):
        assert await _acquired(_lease(infrastructure, "second", long)) > first


async def test_a_holder_that_cannot_renew_stops_before_anybody_follows(infrastructure: Infrastructure) -> None:
    documents = _Unreachable(infrastructure.documents)
    holder = Lease(cast("DocumentStore", documents), infrastructure.clock, "the-pen", "cut off", timedelta(seconds=1))
    async with holder.held() as (_, lost):
        contender = asyncio.ensure_future(_acquired(_lease(infrastructure, "heir", timedelta(seconds=1))))
        documents.away = True
        done, _ = await asyncio.wait({contender, lost}, return_when=asyncio.FIRST_COMPLETED)
        assert done == {lost}
    async with asyncio.timeout(DEADLINE_SECONDS):
        await contender


async def test_a_renewal_whose_answer_was_lost_loses_nothing(infrastructure: Infrastructure) -> None:
    documents = _Forgetful(infrastructure.documents)
    holder = Lease(cast("DocumentStore", documents), infrastructure.clock, "the-pen", "me", CALM)
    async with holder.held() as (_, lost):
        documents.lost_answers = 1
        await eventually(documents.written_after_the_loss)
        assert not lost.done()


async def test_who_was_followed_gives_nothing_back(infrastructure: Infrastructure) -> None:
    async with _lease(infrastructure, "slow").held():
        stored = await infrastructure.documents.get(LEASES, "the-pen")
        assert stored is not None
        follower = Document("the-pen", stored.revision + 10, b'{"holder":"follower","fence":99}')
        await infrastructure.documents.put_newer(LEASES, [follower])
    after = await infrastructure.documents.get(LEASES, "the-pen")
    assert after is not None
    assert (after.revision, after.body) == (follower.revision, follower.body)


async def test_the_same_holder_takes_it_over_at_once(infrastructure: Infrastructure) -> None:
    long = timedelta(hours=1)
    fence = await _left_behind(infrastructure, "me", long)
    async with asyncio.timeout(DEADLINE_SECONDS), _lease(infrastructure, "me", long).held() as (again, _):
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
