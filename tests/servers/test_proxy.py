"""The proxy that simulates a bad network for other tests."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from testkit.eventually import eventually
from tests.servers.proxy import Proxy, proxy

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1000):
        writer.write(data)
    writer.close()


@pytest.fixture
async def network() -> AsyncGenerator[Proxy]:
    """A proxy in front of an echo server."""
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with proxy(server.sockets[0].getsockname()[1]) as network:
        yield network
    server.close()


async def connected(network: Proxy) -> Streams:
    return await asyncio.open_connection("127.0.0.1", network.port)


async def echoed(streams: Streams, text: bytes) -> bytes:
    """Return the response to some bytes; nothing when none comes within 0.3 s."""
    streams[1].write(text)
    try:
        async with asyncio.timeout(0.3):
            return await streams[0].read(1000)
    except TimeoutError:
        return b""


def abort(*connections: Streams) -> None:
    for _, writer in connections:
        writer.transport.abort()


async def test_a_good_network_forwards_all_bytes_and_the_end_of_the_stream(network: Proxy) -> None:
    reader, writer = await connected(network)
    writer.write(b"x" * 300_000)
    writer.write_eof()
    assert len(await reader.read()) == 300_000
    abort((reader, writer))


async def test_a_silenced_connection_drops_bytes_and_new_connections_work(network: Proxy) -> None:
    old = await connected(network)
    assert await echoed(old, b"a") == b"a"
    network.silence()
    assert await echoed(old, b"b") == b""
    new = await connected(network)
    assert await echoed(new, b"c") == b"c"
    assert network.connections == 2
    abort(old, new)


async def test_cut_connections_are_reset(network: Proxy) -> None:
    reader, writer = await connected(network)
    assert await echoed((reader, writer), b"a") == b"a"
    network.cut()
    with pytest.raises(ConnectionResetError):
        await echoed((reader, writer), b"b")

    async def no_connections() -> bool:
        return network.connections == 0

    await eventually(no_connections)
    abort((reader, writer))


async def test_a_refusing_proxy_keeps_open_connections_and_accepts_again_on_the_same_port(network: Proxy) -> None:
    old, port = await connected(network), network.port
    assert await echoed(old, b"a") == b"a"
    await network.refuse()
    with pytest.raises(ConnectionRefusedError):
        await connected(network)
    assert await echoed(old, b"b") == b"b"
    await network.accept()
    assert network.port == port
    new = await connected(network)
    assert await echoed(new, b"c") == b"c"
    abort(old, new)
