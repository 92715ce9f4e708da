"""Servers of versions that do not fit: each answers, and lacks what the product needs."""

import asyncio
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import grpc.aio

from tests.servers.ports import free_port
from tests.servers.replica_set_proxy import ReplicaSetProxy

_API_VERSIONS, _METADATA = 18, 3
_FUTURE_VERSIONS = (100, 101)
_REQUEST = struct.Struct(">ihhi")
"""Length, API key, API version and correlation id: the beginning of each request of Kafka's protocol."""

_WIRE_VERSION_OF_MONGODB_3_6 = 6
_PAGE = b"<!doctype html><title>A page</title>"


@asynccontextmanager
async def old_mongodb(server_uri: str) -> AsyncGenerator[str]:
    """Yield the URI of a server that calls itself MongoDB 3.6 and else is the given one."""
    proxy = ReplicaSetProxy(server_uri)
    proxy.hello["maxWireVersion"] = _WIRE_VERSION_OF_MONGODB_3_6
    async with proxy.running():
        yield proxy.uri


@asynccontextmanager
async def event_store_without_streams() -> AsyncGenerator[str]:
    """Yield the URI of a gRPC server that has no method of EventStoreDB."""
    server, port = grpc.aio.server(), free_port()
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    try:
        yield f"esdb://127.0.0.1:{port}?tls=false"
    finally:
        await server.stop(None)


@asynccontextmanager
async def kafka_of_the_future() -> AsyncGenerator[str]:
    """Yield the address of a broker that no longer accepts any version of a request that the driver knows."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while header := await reader.read(_REQUEST.size):
            length, api_key, _, correlation_id = _REQUEST.unpack(header)
            await reader.readexactly(length + 4 - _REQUEST.size)
            assert api_key == _API_VERSIONS
            body = struct.pack(">ihi", correlation_id, 0, 1) + struct.pack(">hhh", _METADATA, *_FUTURE_VERSIONS)
            writer.write(struct.pack(">i", len(body)) + body)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def http_without_s3(status: str) -> AsyncGenerator[str]:
    """Yield the URL of a web server that answers everything with a status line and a page."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {len(_PAGE)}\r\n\r\n".encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(64 * 1024):
            writer.write(head + _PAGE)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
