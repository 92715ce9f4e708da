"""A subscription goes on without gap or double whatever happens to the server, the network or the push."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from kurrentdbclient import AsyncKurrentDBClient, StreamState
from structlog.testing import capture_logs

from chassis.adapters.kurrent.event_store import KurrentEventStore, kurrent_event_store
from chassis.ports.event_store import NO_STREAM, StoredEvent, StoreUnavailable
from eventstoredb_test_server.protocol import Context, ReadReq, ReadResp
from eventstoredb_test_server.serving import served
from eventstoredb_test_server.streams_service import StreamsService
from testkit.conformance.samples import everything, new_events, unique
from testkit.eventually import eventually
from tests.servers.eventstoredb import EventStoreDbServer
from tests.servers.ports import free_port
from tests.servers.proxy import proxy

QUICK = "tls=false&defaultDeadline=1&keepAliveInterval={keepalive}&keepAliveTimeout={keepalive}"
NEVER = 3_600_000


class Follower:
    """Follows some categories and remembers what came."""

    def __init__(self, store: KurrentEventStore, categories: Sequence[str] = ("job",)) -> None:
        self.events: list[StoredEvent] = []
        self._pages = store.subscribe_all(categories=categories)
        self.task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        async with aclosing(cast("Any", self._pages)):
            async for page in self._pages:
                self.events += page

    async def until(self, count: int) -> None:
        """Wait for so many events; fail as the subscription failed."""

        async def have() -> bool:
            if self.task.done():
                await self.task
            return len(self.events) >= count

        await eventually(have, within=30)


@asynccontextmanager
async def following(store: KurrentEventStore) -> AsyncGenerator[Follower]:
    follower = Follower(store)
    try:
        yield follower
    finally:
        follower.task.cancel()
        await asyncio.wait([follower.task])


async def append(store: KurrentEventStore, count: int) -> None:
    for event in new_events(count):
        await store.append(unique("job-"), [event], NO_STREAM)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncGenerator[EventStoreDbServer]:
    """A server of this test."""
    server = EventStoreDbServer(tmp_path / "eventstoredb", free_port())
    server.start()
    yield server
    server.kill()


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_a_subscription_survives_a_restart_without_gap_or_double(server: EventStoreDbServer, end: str) -> None:
    async with kurrent_event_store(server.endpoint) as store, following(store) as follower:
        await append(store, 30)
        await follower.until(30)
        getattr(server, end)()
        await asyncio.to_thread(server.start)
        await eventually(lambda: able(store))
        await append(store, 30)
        await follower.until(60)
        assert follower.events == await everything(store.read_all(categories=["job"]))


async def able(store: KurrentEventStore) -> bool:
    try:
        await store.last("job-1")
    except StoreUnavailable:
        return False
    return True


async def test_a_subscription_says_when_the_server_stays_away(
    server: EventStoreDbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.adapters.kurrent.subscription._PATIENCE_SECONDS", 1.0)
    async with kurrent_event_store(server.endpoint) as store, following(store) as follower:
        await append(store, 1)
        await follower.until(1)
        server.stop()
        with pytest.raises(StoreUnavailable, match="it cannot be reached"):
            await follower.until(2)


@pytest.mark.parametrize(("keepalive", "silence"), [(300, 3600.0), (NEVER, 0.3)], ids=["pings", "reading the log"])
async def test_a_subscription_over_a_connection_that_went_silent_goes_on_over_another(
    server: EventStoreDbServer, keepalive: int, silence: float
) -> None:
    async with (
        kurrent_event_store(server.endpoint) as writer,
        proxy(server.port) as network,
        kurrent_event_store(
            f"esdb://127.0.0.1:{network.port}?{QUICK.format(keepalive=keepalive)}", silence=silence
        ) as store,
        following(store) as follower,
    ):
        await append(writer, 3)
        await follower.until(3)
        network.silence()
        await append(writer, 3)
        await follower.until(6)
        assert follower.events == await everything(writer.read_all(categories=["job"]))


class MuteStreams(StreamsService):
    """Subscriptions are confirmed and bring one event, then nothing any more."""

    async def Read(self, request: ReadReq, context: Context) -> AsyncIterator[ReadResp]:  # noqa: N802
        subscribes = request.options.WhichOneof("count_option") == "subscription"
        async for message in super().Read(request, context):
            yield message
            if subscribes and message.WhichOneof("content") == "event":
                await asyncio.Event().wait()


async def test_what_a_subscription_of_the_server_does_not_bring_is_read_and_the_subscription_replaced(
    tmp_path: Path,
) -> None:
    port = free_port()
    uri = f"esdb://127.0.0.1:{port}?tls=false"
    with capture_logs() as logs:
        async with (
            served(port, tmp_path / "events.db", MuteStreams),
            kurrent_event_store(uri, silence=0.05) as store,
            following(store) as follower,
        ):
            await append(store, 2)
            await follower.until(2)
            assert follower.events == await everything(store.read_all(categories=["job"]))
    assert [entry["event"] for entry in logs] == ["subscription_replaced"]


async def test_closing_the_store_ends_its_subscriptions(eventstoredb_uri: str) -> None:
    async with kurrent_event_store(eventstoredb_uri) as store:
        follower = Follower(store)
        await append(store, 1)
        await follower.until(1)
    with pytest.raises(StoreUnavailable, match=r"ended|closed"):
        await follower.until(10**6)


async def test_what_is_there_already_comes_in_large_pages(eventstoredb_uri: str) -> None:
    kind = unique("job")
    async with kurrent_event_store(eventstoredb_uri) as store:
        await store.append(f"{kind}-1", new_events(1500), NO_STREAM)
        async with aclosing(cast("Any", store.subscribe_all(categories=[kind]))) as pages:
            sizes: list[int] = []
            while sum(sizes) < 1500:
                sizes.append(len(await anext(pages)))
            assert len(sizes) < 150


async def test_events_of_the_system_are_never_seen(server: EventStoreDbServer) -> None:
    async with kurrent_event_store(server.endpoint) as store, AsyncKurrentDBClient(server.endpoint) as client:
        for stream in ("job-1", "job-2", "job-3"):
            await store.append(stream, new_events(1), NO_STREAM)
        await client.set_stream_metadata("job-1", metadata={"mine": 1})
        await client.delete_stream("job-2", current_version=StreamState.ANY)
        await client.tombstone_stream("job-3", current_version=StreamState.ANY)
        every = [event.type async for event in await client.read_all(filter_exclude=())]
        assert {kind for kind in every if kind.startswith("$")} == {"$metadata", "$streamDeleted"}
        for categories in ((), ("job",)):
            events = await everything(store.read_all(categories=categories))
            assert [event.stream for event in events] == ["job-1", "job-2", "job-3"]
            follower = Follower(store, categories)
            await follower.until(3)
            follower.task.cancel()
            assert follower.events == events
        assert await store.read("$$job-1") == []
        assert await store.last("$$job-1") is None


async def test_events_that_follow_each_other_closely_come_in_one_page(tmp_path: Path) -> None:
    async with (
        served(port := free_port(), tmp_path / "events.db"),
        kurrent_event_store(f"esdb://127.0.0.1:{port}?tls=false") as store,
    ):
        pages = list[int]()
        begun = asyncio.Event()

        async def follow() -> None:
            async for page in store.subscribe_all(categories=["job"]):
                pages.append(len(page))
                begun.set()

        following_it = asyncio.ensure_future(follow())
        stream, revision = unique("job-"), NO_STREAM
        revision = await store.append(stream, new_events(1), revision)
        await asyncio.wait_for(begun.wait(), 30)
        for _ in range(30):
            revision = await store.append(stream, new_events(1), revision)

        async def all_came() -> bool:
            return sum(pages) == 31

        await eventually(all_came)
        following_it.cancel()
        await asyncio.wait([following_it])

    assert pages[0] == 1
    assert len(pages) < 31
