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

SHORT_TERM = timedelta(milliseconds=300)
LONG_TERM = timedelta(seconds=3)
"""Long enough to be renewed on a busy machine."""


def _lease(infrastructure: Infrastructure, holder: str, term: timedelta = SHORT_TERM) -> Lease:
    return Lease(infrastructure.documents, infrastructure.clock, "the-lease", holder, term)


async def _acquired(lease: Lease) -> int:
    async with lease.held() as (fence, _):
        return fence


@dataclass
class _ClockAhead:
    by: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


@dataclass
class _Unreachable:
    """A real store that can become unreachable for one process."""

    store: DocumentStore
    unreachable: bool = False

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        if self.unreachable:
            raise StoreUnavailable("unreachable")
        return await self.store.get(collection, document_id)

    async def compare_and_set(self, collection: Collection, document: Document, expected: int | None) -> bool:
        if self.unreachable:
            raise StoreUnavailable("unreachable")
        return await self.store.compare_and_set(collection, document, expected)


@dataclass
class _LostResponses:
    """A real store that writes, but loses the responses of some writes."""

    store: DocumentStore
    lost_responses: int = 0
    written: int = 0

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        return await self.store.get(collection, document_id)

    async def compare_and_set(self, collection: Collection, document: Document, expected: int | None) -> bool:
        outcome = await self.store.compare_and_set(collection, document, expected)
        if self.lost_responses > 0:
            self.lost_responses, self.written = self.lost_responses - 1, 0
            raise StoreUnavailable("the response was lost")
        self.written += outcome
        return outcome

    async def renewed_after_the_loss(self) -> bool:
        return self.lost_responses == 0 and self.written >= 2


async def test_one_process_at_a_time_holds_a_lease(infrastructure: Infrastructure) -> None:
    term = timedelta(seconds=1)
    async with _lease(infrastructure, "first", term).held() as (first_fence, _):
        contender = asyncio.ensure_future(_acquired(_lease(infrastructure, "second", term)))
        done, _ = await asyncio.wait({contender}, timeout=1.2 * term.total_seconds())
        assert not done

    assert await contender > first_fence


async def _abandoned_lease(infrastructure: Infrastructure, holder: str, term: timedelta = SHORT_TERM) -> int:
    """Leave the lease as a killed process leaves it; return its fencing token."""
    async with _lease(infrastructure, holder, term).held() as (fence, _):
        crashed = await infrastructure.documents.get(LEASES, "the-lease")
    assert crashed is not None
    await infrastructure.documents.delete(LEASES, ["the-lease"])
    await infrastructure.documents.put_newer(LEASES, [crashed])
    return fence


async def test_the_lease_of_a_crashed_holder_is_acquired_after_its_term(infrastructure: Infrastructure) -> None:
    fence = await _abandoned_lease(infrastructure, "crashed")
    async with asyncio.timeout(DEADLINE_SECONDS), _lease(infrastructure, "successor").held() as (next_fence, _):
        assert next_fence > fence


async def test_a_clock_that_is_ahead_does_not_end_a_lease(infrastructure: Infrastructure) -> None:
    ahead = replace(infrastructure, clock=_ClockAhead(timedelta(hours=1)))
    async with _lease(infrastructure, "first", LONG_TERM).held() as (_, lost):
        contender = asyncio.ensure_future(_acquired(_lease(ahead, "second", LONG_TERM)))
        done, _ = await asyncio.wait({contender, lost}, timeout=LONG_TERM.total_seconds() / 3)
        assert not done
    async with asyncio.timeout(DEADLINE_SECONDS):
        await contender


async def test_a_released_lease_is_acquired_immediately(infrastructure: Infrastructure) -> None:
    long = timedelta(hours=1)
    first = await _acquired(_lease(infrastructure, "first", long))
    async with asyncio.timeout(DEADLINE_SECONDS):
        assert await _acquired(_lease(infrastructure, "second", long)) > first


async def test_a_holder_that_cannot_renew_stops_before_another_acquires(infrastructure: Infrastructure) -> None:
    documents = _Unreachable(infrastructure.documents)
    holder = Lease(cast("DocumentStore", documents), infrastructure.clock, "the-lease", "cut off", timedelta(seconds=1))
    async with holder.held() as (_, lost):
        contender = asyncio.ensure_future(_acquired(_lease(infrastructure, "successor", timedelta(seconds=1))))
        documents.unreachable = True
        done, _ = await asyncio.wait({contender, lost}, return_when=asyncio.FIRST_COMPLETED)
        assert done == {lost}
    async with asyncio.timeout(DEADLINE_SECONDS):
        await contender


async def test_a_renewal_whose_response_is_lost_keeps_the_lease(infrastructure: Infrastructure) -> None:
    documents = _LostResponses(infrastructure.documents)
    holder = Lease(cast("DocumentStore", documents), infrastructure.clock, "the-lease", "me", LONG_TERM)
    async with holder.held() as (_, lost):
        documents.lost_responses = 1
        await eventually(documents.renewed_after_the_loss)
        assert not lost.done()


async def test_a_former_holder_does_not_release_the_lease_of_the_next(infrastructure: Infrastructure) -> None:
    async with _lease(infrastructure, "slow").held():
        stored = await infrastructure.documents.get(LEASES, "the-lease")
        assert stored is not None
        next_holder = Document("the-lease", stored.revision + 10, b'{"holder":"next","fence":99}')
        await infrastructure.documents.put_newer(LEASES, [next_holder])
    after = await infrastructure.documents.get(LEASES, "the-lease")
    assert after is not None
    assert (after.revision, after.body) == (next_holder.revision, next_holder.body)


async def test_a_restarted_holder_acquires_its_lease_immediately(infrastructure: Infrastructure) -> None:
    long = timedelta(hours=1)
    fence = await _abandoned_lease(infrastructure, "me", long)
    async with asyncio.timeout(DEADLINE_SECONDS), _lease(infrastructure, "me", long).held() as (again, _):
        assert again > fence


async def test_work_stops_when_the_lease_is_lost(infrastructure: Infrastructure) -> None:
    stopped = asyncio.Event()

    async def work(fence: int) -> None:
        try:
            await infrastructure.documents.delete(LEASES, ["the-lease"])
            await asyncio.Event().wait()
        finally:
            stopped.set()

    with pytest.raises(LeaseLost):
        await _lease(infrastructure, "former").run(work)

    assert stopped.is_set()


async def test_errors_of_the_work_are_raised(infrastructure: Infrastructure) -> None:
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
