"""How many sockets one may have open: counted over replicas, given back, and free again when a replica died."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from chassis.composition.embedded import embedded
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import StoreUnavailable
from notifier.application.connection_limiter import PLACES, TERM_SECONDS, ConnectionLimiter, ConnectionLimitReached

MOST = 3
MORE_THAN_A_TERM = timedelta(seconds=TERM_SECONDS + 1)


@dataclass
class Clock:
    time: datetime = field(default_factory=lambda: datetime(2030, 1, 1, tzinfo=UTC))

    def now(self) -> datetime:
        return self.time


class Away:
    def __getattr__(self, name: str) -> object:
        raise StoreUnavailable("away")


@pytest_asyncio.fixture
async def documents(tmp_path: Path) -> AsyncGenerator[DocumentStore]:
    async with embedded(tmp_path / "data") as infrastructure:
        yield infrastructure.documents


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def sockets() -> AsyncGenerator[AsyncExitStack]:
    """Sockets that stay open until the test ends."""
    async with AsyncExitStack() as stack:
        yield stack


def replica(documents: DocumentStore, clock: Clock, name: str = "a") -> ConnectionLimiter:
    return ConnectionLimiter(documents, clock, name, MOST)


async def opened(sockets: AsyncExitStack, *replicas: ConnectionLimiter, who: str = "user:7") -> None:
    for limiter in replicas:
        await sockets.enter_async_context(limiter.taken(who))


async def assert_none_left(limiter: ConnectionLimiter, who: str = "user:7") -> None:
    with pytest.raises(ConnectionLimitReached):
        async with limiter.taken(who):
            pass


async def test_sockets_at_all_replicas_count_together(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    one, other = replica(documents, clock), replica(documents, clock, "b")
    await opened(sockets, one, other, one)
    await assert_none_left(one)
    await assert_none_left(other)


async def test_one_users_sockets_take_nobody_elses_place(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    limiter = replica(documents, clock)
    await opened(sockets, *[limiter] * MOST)
    await opened(sockets, *[limiter] * MOST, who="address:192.0.2.1")
    await opened(sockets, limiter, who="user:77")


async def test_a_closed_socket_gives_its_place_back(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    one, other = replica(documents, clock), replica(documents, clock, "b")
    await opened(sockets, one, one)
    async with one.taken("user:7"):
        await assert_none_left(other)
    await opened(sockets, other)
    await assert_none_left(one)


async def test_of_many_at_once_as_many_come_in_as_there_are_places(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    replicas = [replica(documents, clock, name) for name in "abcd"]
    outcomes = await asyncio.gather(*(opened(sockets, limiter) for limiter in replicas * 3), return_exceptions=True)
    assert [type(problem) for problem in outcomes if problem] == [ConnectionLimitReached] * (12 - MOST)


async def test_the_places_of_a_killed_replica_are_free_after_a_minute(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    killed, other = replica(documents, clock), replica(documents, clock, "b")
    await opened(sockets, *[killed] * MOST)
    clock.time += MORE_THAN_A_TERM / 2
    await assert_none_left(other)
    clock.time += MORE_THAN_A_TERM / 2
    await opened(sockets, *[other] * MOST)
    await assert_none_left(other)


async def test_what_is_renewed_stays_taken(documents: DocumentStore, clock: Clock, sockets: AsyncExitStack) -> None:
    one, other = replica(documents, clock), replica(documents, clock, "b")
    await opened(sockets, *[one] * MOST)
    for _ in range(4):
        clock.time += MORE_THAN_A_TERM / 2
        await one.renew()
    await assert_none_left(other)


async def test_a_process_that_was_killed_takes_its_own_places_at_once(
    documents: DocumentStore, clock: Clock, sockets: AsyncExitStack
) -> None:
    await opened(sockets, *[replica(documents, clock)] * MOST)
    again = replica(documents, clock)
    await opened(sockets, *[again] * MOST)
    await assert_none_left(again)


async def test_all_are_renewed_in_one_write(documents: DocumentStore, clock: Clock, sockets: AsyncExitStack) -> None:
    counted = _Counted(documents)
    limiter = replica(cast("DocumentStore", counted), clock)
    for number in range(20):
        await opened(sockets, limiter, who=f"user:{number}")
    await limiter.renew()
    assert counted.writes == [20]


async def test_what_ended_leaves_nothing(documents: DocumentStore, clock: Clock, sockets: AsyncExitStack) -> None:
    await opened(sockets, *[replica(documents, clock)] * MOST)
    clock.time += MORE_THAN_A_TERM
    await replica(documents, clock, "b").renew()
    assert await documents.find(PLACES, {}, order="ends") == []


async def test_a_socket_is_let_in_when_the_store_is_away(clock: Clock, sockets: AsyncExitStack) -> None:
    limiter = replica(cast("DocumentStore", Away()), clock)
    with capture_logs() as logs:
        await opened(sockets, *[limiter] * MOST, limiter)
    assert {(log["event"], log["reason"]) for log in logs} == {("socket_not_counted", "away")}


async def test_without_a_limit_nothing_is_asked(clock: Clock, sockets: AsyncExitStack) -> None:
    await opened(sockets, *[ConnectionLimiter(cast("DocumentStore", Away()), clock, "a", None)] * 50)


@dataclass
class _Counted:
    """Notes how many documents each write had."""

    store: DocumentStore
    writes: list[int] = field(default_factory=list[int])

    async def put_newer(self, collection: Collection, documents: Sequence[Document]) -> None:
        self.writes.append(len(documents))
        await self.store.put_newer(collection, documents)

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)
