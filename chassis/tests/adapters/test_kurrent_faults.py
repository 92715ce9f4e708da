"""The event store while its server is down, is killed, or is behind a bad network."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from chassis.adapters.kurrent.event_store import KurrentEventStore, kurrent_event_store
from chassis.ports.event_store import NO_STREAM, NewEvent, StoredEvent, StoreUnavailable
from testkit.conformance.samples import everything, new_events, next_page
from testkit.eventually import eventually
from tests.servers.eventstoredb import EventStoreDbServer
from tests.servers.ports import free_port
from tests.servers.proxy import Proxy, proxy

CALLS: dict[str, Callable[[KurrentEventStore], Awaitable[object]]] = {
    "append": lambda store: store.append("job-1", new_events(1), NO_STREAM),
    "read": lambda store: store.read("job-1"),
    "last": lambda store: store.last("job-1"),
    "read_all": lambda store: everything(store.read_all()),
    "subscribe_all": lambda store: next_page(store.subscribe_all()),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
NAMESPACE = UUID(int=7)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncGenerator[EventStoreDbServer]:
    """A server for one test, not started yet."""
    server = EventStoreDbServer(tmp_path / "eventstoredb", free_port())
    yield server
    server.kill()


@pytest.fixture
async def network(server: EventStoreDbServer) -> AsyncGenerator[Proxy]:
    """A proxy in front of the started server."""
    server.start()
    async with proxy(server.port) as network:
        yield network


async def succeeds(call: Callable[[KurrentEventStore], Awaitable[object]], store: KurrentEventStore) -> bool:
    try:
        await call(store)
    except StoreUnavailable:
        return False
    return True


@every_call
async def test_a_store_without_a_server_opens_and_refuses_every_call(
    server: EventStoreDbServer, call: Callable[[KurrentEventStore], Awaitable[object]]
) -> None:
    async with kurrent_event_store(server.endpoint) as store:
        with pytest.raises(StoreUnavailable, match="the server cannot be reached"):
            await call(store)


@every_call
async def test_a_closed_store_refuses_every_call(
    server: EventStoreDbServer, call: Callable[[KurrentEventStore], Awaitable[object]]
) -> None:
    async with kurrent_event_store(server.endpoint) as store:
        pass
    with pytest.raises(StoreUnavailable, match="closed"):
        await call(store)


async def test_a_store_works_again_when_its_server_is_back(server: EventStoreDbServer) -> None:
    async with kurrent_event_store(server.endpoint) as store:
        assert not await succeeds(CALLS["append"], store)
        server.start()
        await eventually(lambda: succeeds(CALLS["append"], store))
        server.stop()
        assert not await succeeds(CALLS["read"], store)
        server.start()
        await eventually(lambda: succeeds(CALLS["read_all"], store))
        assert len(await store.read("job-1")) == 1


@every_call
async def test_a_half_open_connection_is_replaced(
    network: Proxy, call: Callable[[KurrentEventStore], Awaitable[object]]
) -> None:
    uri = f"esdb://127.0.0.1:{network.port}?tls=false&defaultDeadline=1&keepAliveInterval=3600000"
    async with kurrent_event_store(uri) as store:
        assert await store.append("job-2", new_events(1), NO_STREAM) == 0
        network.silence()
        await succeeds(call, store)  # the driver may have replaced the connection already
        await eventually(lambda: succeeds(CALLS["last"], store))
        assert len(await store.read("job-2")) == 1


async def test_resets_and_delays_lose_and_duplicate_no_event(network: Proxy) -> None:
    network.delay_seconds = 0.005
    async with kurrent_event_store(f"esdb://127.0.0.1:{network.port}?tls=false") as store:
        writing = asyncio.create_task(write(store, "job-1", 60))
        for seen in (10, 25, 40):
            await eventually(lambda seen=seen: reached(store, "job-1", seen))
            network.cut()
        await writing
        await assert_written(store, "job-1", 60)


async def test_killing_the_server_loses_and_duplicates_no_acknowledged_event(server: EventStoreDbServer) -> None:
    server.start()
    streams = [f"job-{number}" for number in range(5)]
    async with kurrent_event_store(server.endpoint) as store:
        writing = asyncio.gather(*(write(store, stream, 100) for stream in streams))
        for seen in (15, 50):
            await eventually(lambda seen=seen: reached(store, streams[0], seen))
            server.kill()
            await asyncio.to_thread(server.start)
        await writing
        for stream in streams:
            await assert_written(store, stream, 100)


def numbered(stream: str, number: int) -> NewEvent:
    return NewEvent(uuid5(NAMESPACE, f"{stream} {number}"), "tests.letter.v1", b"%d" % number)


async def write(store: KurrentEventStore, stream: str, count: int) -> None:
    """Append numbered events one at a time; repeat each until it is acknowledged."""
    for number in range(count):

        async def acknowledged(number: int = number) -> bool:
            try:
                return await store.append(stream, [numbered(stream, number)], number - 1) == number
            except StoreUnavailable:
                return False

        await eventually(acknowledged, within=30)


async def reached(store: KurrentEventStore, stream: str, revision: int) -> bool:
    try:
        last = await store.last(stream)
    except StoreUnavailable:
        return False
    return last is not None and last.revision >= revision


async def assert_written(store: KurrentEventStore, stream: str, count: int) -> None:
    events: list[StoredEvent] = list(await store.read(stream))
    assert [event.id for event in events] == [numbered(stream, number).id for number in range(count)]
    assert [event.revision for event in events] == list(range(count))
