"""After a stop or a kill, every acknowledged event is stored exactly once."""

import asyncio
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest
from kurrentdbclient import AsyncKurrentDBClient, NewEvent, StreamState
from kurrentdbclient.exceptions import KurrentDBClientError

from testkit.eventually import eventually
from tests.servers.eventstoredb import EventStoreDbServer
from tests.servers.ports import free_port


@pytest.fixture
def server(tmp_path: Path) -> Generator[EventStoreDbServer]:
    server = EventStoreDbServer(tmp_path / "eventstoredb", free_port())
    server.start()
    yield server
    server.kill()


async def write(client: AsyncKurrentDBClient, stream: str, acknowledged: list[tuple[int, str]]) -> None:
    """Append one event at a time until the server is down."""
    with suppress(KurrentDBClientError):
        for revision in range(10**6):
            event = NewEvent("tests.thing.v1", b"%d" % revision)
            expected = StreamState.NO_STREAM if revision == 0 else revision - 1
            await client.append_to_stream(stream, events=event, current_version=expected)
            acknowledged.append((revision, str(event.id)))


async def is_connected(client: AsyncKurrentDBClient) -> bool:
    """Return whether calls succeed: gRPC waits before it reconnects, also in a new client."""
    try:
        await client.get_commit_position()
    except KurrentDBClientError:
        return False
    return True


@pytest.mark.parametrize("end", ["kill", "stop"])
async def test_acknowledged_events_survive_a_stop_or_kill(server: EventStoreDbServer, end: str) -> None:
    acknowledged: list[list[tuple[int, str]]] = [[] for _ in range(4)]
    async with AsyncKurrentDBClient(server.endpoint) as client:
        writing = asyncio.gather(*(write(client, f"job-{n}", acknowledged[n]) for n in range(4)))

        async def enough() -> bool:
            return min(map(len, acknowledged)) >= 30

        await eventually(enough)
        await asyncio.to_thread(getattr(server, end))
        await writing
    server.start()
    async with AsyncKurrentDBClient(server.endpoint) as client:
        await eventually(lambda: is_connected(client))
        positions: list[int] = []
        for number in range(4):
            stored = await client.get_stream(f"job-{number}")
            assert [(event.stream_position, str(event.id)) for event in stored][: len(acknowledged[number])] == (
                acknowledged[number]
            )
            assert [event.stream_position for event in stored] == list(range(len(stored)))
            assert len(stored) <= len(acknowledged[number]) + 1
            positions += [event.commit_position for event in stored]
        after = await client.append_to_stream("job-9", events=NewEvent("x", b""), current_version=StreamState.ANY)
        assert after > max(positions)


async def test_a_server_with_a_subscription_stops_at_once_and_logs_nothing(server: EventStoreDbServer) -> None:
    async with AsyncKurrentDBClient(server.endpoint) as client:
        await client.append_to_stream("job-1", events=NewEvent("x", b""), current_version=StreamState.ANY)
        subscription = await client.subscribe_to_all()
        assert (await anext(subscription)).stream_name == "job-1"
        assert server.pid is not None
        await asyncio.wait_for(asyncio.to_thread(server.stop), timeout=10)
        with pytest.raises(KurrentDBClientError):
            await anext(subscription)
    assert server.log_file.read_text() == ""
