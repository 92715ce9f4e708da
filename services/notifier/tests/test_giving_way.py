"""Sockets of jobs that do not exist give way to the next ones of their client (ADR 48)."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from chassis.ports.document_store import DocumentStore
from notifier.application.connection_limiter import ConnectionLimiter
from notifier.application.slot import SLOTS, Slot
from services.notifier.tests.replicas import (
    MAX_CONNECTIONS,
    MORE_THAN_A_LEASE,
    Clock,
    Unavailable,
    assert_limit_reached,
    open_sockets,
    replica,
)


@dataclass
class WaitingSocket:
    """A socket of a job that does not exist, open until another has its slot."""

    slot: Slot
    gave_way: bool = False

    def give_way(self) -> None:
        self.gave_way = True


async def open_waiting(
    sockets: AsyncExitStack, *replicas: ConnectionLimiter, client: str = "user:7"
) -> list[WaitingSocket]:
    opened: list[WaitingSocket] = []
    for limiter in replicas:
        socket = WaitingSocket(await sockets.enter_async_context(limiter.slot(client)))
        await limiter.wait(socket.slot, socket.give_way)
        opened.append(socket)
    return opened


async def test_sockets_of_unknown_jobs_give_way_to_the_next_ones_oldest_first(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    limiter = replica(documents, clock)
    opened: list[WaitingSocket] = []
    for _ in range(MAX_CONNECTIONS):
        clock.time += timedelta(seconds=1)
        opened += await open_waiting(sockets, limiter)
    await open_sockets(sockets, limiter, limiter)
    assert [socket.gave_way for socket in opened] == [True, True, False]


async def test_a_page_that_opens_sockets_of_unknown_jobs_can_go_on_for_ever(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    limiter = replica(documents, clock)
    opened: list[WaitingSocket] = []
    for _ in range(50):
        clock.time += timedelta(seconds=1)
        opened += await open_waiting(sockets, limiter)
    assert [socket.gave_way for socket in opened] == [True] * (50 - MAX_CONNECTIONS) + [False] * MAX_CONNECTIONS


async def test_only_the_clients_own_sockets_give_way(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    limiter = replica(documents, clock)
    (other,) = await open_waiting(sockets, limiter, client="address:192.0.2.1")
    await open_sockets(sockets, *[limiter] * MAX_CONNECTIONS)
    await assert_limit_reached(limiter)
    assert not other.gave_way


async def test_a_socket_whose_job_came_to_be_gives_way_no_more(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    first, second = replica(documents, clock), replica(documents, clock, "b")
    waiting = await open_waiting(sockets, *[first] * MAX_CONNECTIONS)
    assert all([await first.keep(socket.slot) for socket in waiting])
    await assert_limit_reached(first)
    await assert_limit_reached(second)
    clock.time += MORE_THAN_A_LEASE / 2
    await first.renew()
    clock.time += MORE_THAN_A_LEASE / 2
    await assert_limit_reached(second)


async def test_a_socket_gives_way_to_one_of_another_replica_which_it_does_not_release(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    first, second = replica(documents, clock), replica(documents, clock, "b")
    async with AsyncExitStack() as early:
        waiting = await open_waiting(early, *[first] * MAX_CONNECTIONS)
        await open_sockets(sockets, *[second] * MAX_CONNECTIONS)
        await first.renew()
        assert all(socket.gave_way for socket in waiting)
        assert not await first.keep(waiting[0].slot)
    await assert_limit_reached(second)
    await assert_limit_reached(first)


async def test_replicas_that_take_turns_never_hold_more_than_the_limit_each(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    first, second = replica(documents, clock), replica(documents, clock, "b")
    of_first: list[WaitingSocket] = []
    for _ in range(5):
        of_first += await open_waiting(sockets, *[first] * MAX_CONNECTIONS)
        await open_waiting(sockets, *[second] * MAX_CONNECTIONS)
    assert len([socket for socket in of_first if not socket.gave_way]) == MAX_CONNECTIONS


async def test_a_waiting_socket_that_closes_releases_its_slot(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    limiter = replica(documents, clock)
    async with AsyncExitStack() as early:
        await open_waiting(early, *[limiter] * MAX_CONNECTIONS)
    assert await documents.find(SLOTS, {}, order="ends") == []
    await open_sockets(sockets, *[limiter] * MAX_CONNECTIONS)


async def test_a_waiting_socket_keeps_nobody_out_when_the_store_went_away(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    limiter = replica(documents, clock)
    opened = [WaitingSocket(await sockets.enter_async_context(limiter.slot("user:7"))) for _ in range(MAX_CONNECTIONS)]
    limiter.documents = cast("DocumentStore", Unavailable())
    for socket in opened:
        await limiter.wait(socket.slot, socket.give_way)
    limiter.documents = documents
    await open_sockets(sockets, *[limiter] * MAX_CONNECTIONS)
    await assert_limit_reached(limiter)
