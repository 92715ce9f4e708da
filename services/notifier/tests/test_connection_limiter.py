"""The limit on open sockets: counted over replicas, released on close, and free again after a replica is killed."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import pytest
from structlog.testing import capture_logs

from chassis.ports.document_store import Collection, Document, DocumentStore
from notifier.application.connection_limiter import ConnectionLimiter, ConnectionLimitReached
from notifier.application.slot import SLOTS
from services.notifier.tests.replicas import (
    MAX_CONNECTIONS,
    MORE_THAN_A_LEASE,
    Clock,
    Unavailable,
    assert_limit_reached,
    open_sockets,
    replica,
)


async def test_sockets_of_all_replicas_count_together(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    first, second = replica(documents, clock), replica(documents, clock, "b")
    await open_sockets(sockets, first, second, first)
    await assert_limit_reached(first)
    await assert_limit_reached(second)


async def test_each_client_has_slots_of_its_own(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    limiter = replica(documents, clock)
    await open_sockets(sockets, *[limiter] * MAX_CONNECTIONS)
    await open_sockets(sockets, *[limiter] * MAX_CONNECTIONS, client="address:192.0.2.1")
    await open_sockets(sockets, limiter, client="user:77")


async def test_a_closed_socket_releases_its_slot(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    first, second = replica(documents, clock), replica(documents, clock, "b")
    await open_sockets(sockets, first, first)
    async with first.slot("user:7"):
        await assert_limit_reached(second)
    await open_sockets(sockets, second)
    await assert_limit_reached(first)


async def test_concurrent_connections_do_not_exceed_the_limit(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    replicas = [replica(documents, clock, name) for name in "abcd"]
    outcomes = await asyncio.gather(
        *(open_sockets(sockets, limiter) for limiter in replicas * 3), return_exceptions=True
    )
    assert [type(problem) for problem in outcomes if problem] == [ConnectionLimitReached] * (12 - MAX_CONNECTIONS)


async def test_the_slots_of_a_killed_replica_are_free_after_a_minute(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    killed, second = replica(documents, clock), replica(documents, clock, "b")
    await open_sockets(sockets, *[killed] * MAX_CONNECTIONS)
    await second.renew()
    clock.time += MORE_THAN_A_LEASE / 2
    await assert_limit_reached(second)
    clock.time += MORE_THAN_A_LEASE / 2
    await open_sockets(sockets, *[second] * MAX_CONNECTIONS)
    await assert_limit_reached(second)


async def test_a_renewed_slot_stays_held(documents: DocumentStore, clock: Clock, sockets: AsyncExitStack) -> None:
    first, second = replica(documents, clock), replica(documents, clock, "b")
    await open_sockets(sockets, *[first] * MAX_CONNECTIONS)
    for _ in range(4):
        clock.time += MORE_THAN_A_LEASE / 2
        await first.renew()
    await assert_limit_reached(second)


@pytest.mark.parametrize("set_by", [timedelta(hours=-1), timedelta(hours=1)])
async def test_clocks_of_hosts_are_not_compared(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack, set_by: timedelta
) -> None:
    other_host = Clock(set_by=set_by)
    first, second = replica(documents, other_host), replica(documents, clock, "b")
    await open_sockets(sockets, *[first] * MAX_CONNECTIONS)
    for _ in range(4):
        await second.renew()
        await assert_limit_reached(second)
        clock.time += MORE_THAN_A_LEASE / 2
        other_host.time = clock.time
        await first.renew()
    clock.time += MORE_THAN_A_LEASE
    await assert_limit_reached(second)
    clock.time += MORE_THAN_A_LEASE
    await open_sockets(sockets, second)


async def test_a_slot_that_was_released_and_acquired_again_is_not_taken_for_an_abandoned_one(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    first, second = replica(documents, clock), replica(documents, clock, "b")
    async with AsyncExitStack() as early:
        await open_sockets(early, *[first] * MAX_CONNECTIONS)
        await assert_limit_reached(second)
    clock.time += MORE_THAN_A_LEASE
    await open_sockets(sockets, *[first] * MAX_CONNECTIONS)
    await assert_limit_reached(second)


async def test_a_restarted_process_acquires_its_own_slots_at_once(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    await open_sockets(sockets, *[replica(documents, clock)] * MAX_CONNECTIONS)
    restarted = replica(documents, clock)
    await open_sockets(sockets, *[restarted] * MAX_CONNECTIONS)
    await assert_limit_reached(restarted)


async def test_all_slots_are_renewed_in_one_write(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    counted = CountingDocuments(documents)
    limiter = replica(cast("DocumentStore", counted), clock)
    for number in range(20):
        await open_sockets(sockets, limiter, client=f"user:{number}")
    await limiter.renew()
    assert counted.writes == [20]


async def test_slots_whose_lease_ended_are_deleted(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    await open_sockets(sockets, *[replica(documents, clock)] * MAX_CONNECTIONS)
    second = replica(documents, clock, "b")
    await second.renew()
    clock.time += MORE_THAN_A_LEASE
    await second.renew()
    assert await documents.find(SLOTS, {}, order="ends") == []


async def test_a_socket_is_accepted_when_the_store_is_unavailable(clock: Clock, sockets: AsyncExitStack) -> None:
    limiter = replica(cast("DocumentStore", Unavailable()), clock)
    with capture_logs() as logs:
        await open_sockets(sockets, *[limiter] * MAX_CONNECTIONS, limiter)
    assert {(log["event"], log["reason"]) for log in logs} == {("socket_not_counted", "away")}


async def test_without_a_limit_the_store_is_not_used(clock: Clock, sockets: AsyncExitStack) -> None:
    await open_sockets(sockets, *[ConnectionLimiter(cast("DocumentStore", Unavailable()), clock, "a", None)] * 50)


@dataclass
class CountingDocuments:
    """Records the number of documents of each write."""

    store: DocumentStore
    writes: list[int] = field(default_factory=list[int])

    async def put_newer(self, collection: Collection, documents: Sequence[Document]) -> None:
        self.writes.append(len(documents))
        await self.store.put_newer(collection, documents)

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)
