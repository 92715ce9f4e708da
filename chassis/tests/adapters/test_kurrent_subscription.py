"""A subscription has no gap and no duplicate, whatever happens to the server and the network."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import pytest
from kurrentdbclient import AsyncKurrentDBClient, StreamState
from structlog.testing import capture_logs

from chassis.adapters.kurrent.event_store import KurrentEventStore, kurrent_event_store
from chassis.ports.event_store import NO_STREAM, StoreUnavailable
from eventstoredb_test_server.protocol import Context, ReadReq, ReadResp
from eventstoredb_test_server.server import running_server
from eventstoredb_test_server.streams_service import StreamsService
from testkit.conformance.samples import everything, new_events, unique
from testkit.eventually import eventually
from testkit.log_follower import LogFollower, following
from tests.servers.eventstoredb import EventStoreDbServer
from tests.servers.ports import free_port
from tests.servers.proxy import proxy

SHORT_TIMEOUTS = "tls=false&defaultDeadline=1&keepAliveInterval={keepalive}&keepAliveTimeout={keepalive}"
NO_KEEPALIVE_MS = 3_600_000


async def append(store: KurrentEventStore, count: int) -> None:
    for event in new_events(count):
        await store.append(unique("job-"), [event], NO_STREAM)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncGenerator[EventStoreDbServer]:
    """A started server for one test."""
    server = EventStoreDbServer(tmp_path / "eventstoredb", free_port())
    server.start()
    yield server
    server.kill()


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_a_subscription_survives_a_restart_without_gap_or_duplicate(server: EventStoreDbServer, end: str) -> None:
    async with kurrent_event_store(server.endpoint) as store, following(store) as follower:
        await append(store, 30)
        await follower.until(30)
        getattr(server, end)()
        await asyncio.to_thread(server.start)
        await eventually(lambda: is_available(store))
        await append(store, 30)
        await follower.until(60)
        assert follower.events == await everything(store.read_all(categories=["job"]))


async def is_available(store: KurrentEventStore) -> bool:
    try:
        await store.last("job-1")
    except StoreUnavailable:
        return False
    return True


async def test_a_subscription_fails_when_the_server_stays_down(
    server: EventStoreDbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.adapters.kurrent.subscription._MAX_INTERRUPTION_SECONDS", 1.0)
    async with kurrent_event_store(server.endpoint) as store, following(store) as follower:
        await append(store, 1)
        await follower.until(1)
        server.stop()
        with pytest.raises(StoreUnavailable, match="the server cannot be reached"):
            await follower.until(2)


@pytest.mark.parametrize(
    ("keepalive", "max_silence"), [(300, 3600.0), (NO_KEEPALIVE_MS, 0.3)], ids=["pings", "reading the log"]
)
async def test_a_subscription_on_a_half_open_connection_resumes_on_another(
    server: EventStoreDbServer, keepalive: int, max_silence: float
) -> None:
    async with (
        kurrent_event_store(server.endpoint) as writer,
        proxy(server.port) as network,
        kurrent_event_store(
            f"esdb://127.0.0.1:{network.port}?{SHORT_TIMEOUTS.format(keepalive=keepalive)}", max_silence=max_silence
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
    """Confirms subscriptions and sends one event, then nothing."""

    async def Read(self, request: ReadReq, context: Context) -> AsyncIterator[ReadResp]:  # noqa: N802
        is_subscription = request.options.WhichOneof("count_option") == "subscription"
        async for message in super().Read(request, context):
            yield message
            if is_subscription and message.WhichOneof("content") == "event":
                await asyncio.Event().wait()


async def test_a_subscription_that_misses_events_is_replaced(
    tmp_path: Path,
) -> None:
    port = free_port()
    uri = f"esdb://127.0.0.1:{port}?tls=false"
    with capture_logs() as logs:
        async with (
            running_server(port, tmp_path / "events.db", MuteStreams),
            kurrent_event_store(uri, max_silence=0.05) as store,
            following(store) as follower,
        ):
            await append(store, 2)
            await follower.until(2)
            assert follower.events == await everything(store.read_all(categories=["job"]))
    assert [entry["event"] for entry in logs] == ["subscription_replaced"]


async def test_closing_the_store_ends_its_subscriptions(eventstoredb_uri: str) -> None:
    async with kurrent_event_store(eventstoredb_uri) as store:
        follower = LogFollower(store)
        await append(store, 1)
        await follower.until(1)
    with pytest.raises(StoreUnavailable, match=r"ended|closed"):
        await follower.until(10**6)


async def test_existing_events_are_returned_in_large_pages(eventstoredb_uri: str) -> None:
    category = unique("job")
    async with kurrent_event_store(eventstoredb_uri) as store:
        await store.append(f"{category}-1", new_events(1500), NO_STREAM)
        async with aclosing(cast("Any", store.subscribe_all(categories=[category]))) as pages:
            sizes: list[int] = []
            while sum(sizes) < 1500:
                sizes.append(len(await anext(pages)))
            assert len(sizes) < 150


async def test_system_events_are_never_returned(server: EventStoreDbServer) -> None:
    async with kurrent_event_store(server.endpoint) as store, AsyncKurrentDBClient(server.endpoint) as client:
        for stream in ("job-1", "job-2", "job-3"):
            await store.append(stream, new_events(1), NO_STREAM)
        await client.set_stream_metadata("job-1", metadata={"mine": 1})
        await client.delete_stream("job-2", current_version=StreamState.ANY)
        await client.tombstone_stream("job-3", current_version=StreamState.ANY)
        types = [event.type async for event in await client.read_all(filter_exclude=())]
        assert {event_type for event_type in types if event_type.startswith("$")} == {"$metadata", "$streamDeleted"}
        for categories in ((), ("job",)):
            events = await everything(store.read_all(categories=categories))
            assert [event.stream for event in events] == ["job-1", "job-2", "job-3"]
            follower = LogFollower(store, categories)
            await follower.until(3)
            follower.task.cancel()
            assert follower.events == events
        assert await store.read("$$job-1") == []
        assert await store.last("$$job-1") is None


async def test_events_in_quick_succession_share_pages(tmp_path: Path) -> None:
    async with (
        running_server(port := free_port(), tmp_path / "events.db"),
        kurrent_event_store(f"esdb://127.0.0.1:{port}?tls=false") as store,
    ):
        pages = list[int]()
        first_page = asyncio.Event()

        async def follow() -> None:
            async for page in store.subscribe_all(categories=["job"]):
                pages.append(len(page))
                first_page.set()

        subscription = asyncio.ensure_future(follow())
        stream, revision = unique("job-"), NO_STREAM
        revision = await store.append(stream, new_events(1), revision)
        await asyncio.wait_for(first_page.wait(), 30)
        for _ in range(30):
            revision = await store.append(stream, new_events(1), revision)

        async def all_received() -> bool:
            return sum(pages) == 31

        await eventually(all_received)
        subscription.cancel()
        await asyncio.wait([subscription])

    assert pages[0] == 1
    assert len(pages) < 31
