"""Our EventStoreDB server can be stopped and killed: what it acknowledged is there, and nothing is there twice."""

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
    """Append one by one until the server is gone."""
    with suppress(KurrentDBClientError):
        for revision in range(10**6):
            event = NewEvent("tests.thing.v1", b"%d" % revision)
            expected = StreamState.NO_STREAM if revision == 0 else revision - 1
            await client.append_to_stream(stream, events=event, current_version=expected)
            acknowledged.append((revision, str(event.id)))


async def reached(client: AsyncKurrentDBClient) -> bool:
    """Say whether the client gets through: gRPC waits before it connects again, in a new client too."""
    try:
        await client.get_commit_position()
    except KurrentDBClientError:
        return False
    return True


@pytest.mark.parametrize("end", ["kill", "stop"])
async def test_what_was_acknowledged_is_there_after_the_end(server: EventStoreDbServer, end: str) -> None:
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
        await eventually(lambda: reached(client))
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


async def test_it_ends_at_once_with_a_subscription_and_complains_of_nothing(server: EventStoreDbServer) -> None:
    async with AsyncKurrentDBClient(server.endpoint) as client:
        await client.append_to_stream("job-1", events=NewEvent("x", b""), current_version=StreamState.ANY)
        subscription = await client.subscribe_to_all()
        assert (await anext(subscription)).stream_name == "job-1"
        assert server.pid is not None
        await asyncio.wait_for(asyncio.to_thread(server.stop), timeout=10)
        with pytest.raises(KurrentDBClientError):
            await anext(subscription)
    assert server.log_file.read_text() == ""
