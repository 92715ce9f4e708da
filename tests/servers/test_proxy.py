"""The proxy that plays a bad network for other tests."""

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
    """A network before a server that says everything again."""
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with proxy(server.sockets[0].getsockname()[1]) as network:
        yield network
    server.close()


async def connected(network: Proxy) -> Streams:
    return await asyncio.open_connection("127.0.0.1", network.port)


async def said(streams: Streams, text: bytes) -> bytes:
    """Return what is answered; nothing when nothing is answered for a while."""
    streams[1].write(text)
    try:
        async with asyncio.timeout(0.3):
            return await streams[0].read(1000)
    except TimeoutError:
        return b""


def end(*connections: Streams) -> None:
    for _, writer in connections:
        writer.transport.abort()


async def test_a_good_network_passes_everything_and_the_end_too(network: Proxy) -> None:
    reader, writer = await connected(network)
    writer.write(b"x" * 300_000)
    writer.write_eof()
    assert len(await reader.read()) == 300_000
    end((reader, writer))


async def test_a_silent_connection_stays_and_swallows_while_new_ones_are_good(network: Proxy) -> None:
    old = await connected(network)
    assert await said(old, b"a") == b"a"
    network.silence()
    assert await said(old, b"b") == b""
    new = await connected(network)
    assert await said(new, b"c") == b"c"
    assert network.connections == 2
    end(old, new)


async def test_cut_connections_are_reset(network: Proxy) -> None:
    reader, writer = await connected(network)
    assert await said((reader, writer), b"a") == b"a"
    network.cut()
    with pytest.raises(ConnectionResetError):
        await said((reader, writer), b"b")

    async def none() -> bool:
        return network.connections == 0

    await eventually(none)
    end((reader, writer))


async def test_nobody_connects_while_it_refuses_and_the_same_port_is_back_later(network: Proxy) -> None:
    old, port = await connected(network), network.port
    assert await said(old, b"a") == b"a"
    await network.refuse()
    with pytest.raises(ConnectionRefusedError):
        await connected(network)
    assert await said(old, b"b") == b"b"
    await network.accept()
    assert network.port == port
    new = await connected(network)
    assert await said(new, b"c") == b"c"
    end(old, new)
