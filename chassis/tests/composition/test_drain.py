"""The drain of a server process: requests under way are answered, everything else ends at once."""

import asyncio
import signal
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from chassis.composition.draining_server import DrainingServer
from chassis.http.protocol import BoundedHttpProtocol
from chassis.runtime.supervisor import Supervisor
from testkit.eventually import eventually
from testkit.small_server import SmallServer, StartServer


@asynccontextmanager
async def draining(
    start: StartServer, drain_seconds: int
) -> AsyncGenerator[tuple[SmallServer, "asyncio.Task[httpx.Response]"]]:
    """Start a process, tell it to stop while a request is under way, and yield both."""
    async with start(DRAIN_SECONDS=str(drain_seconds)) as server, httpx.AsyncClient(base_url=server.url) as client:
        request = asyncio.create_task(client.get("/wait", timeout=60))

        async def entered() -> bool:
            return (await client.get("/entered")).json()

        await eventually(entered)
        server.process.send_signal(signal.SIGTERM)
        yield server, request


async def test_workers_hand_over_before_the_last_request_is_answered(start: StartServer) -> None:
    async with draining(start, 60) as (server, request):
        assert await server.printed() == "stopped"
        assert not request.done()
        await server.answer_waiting_request()
        assert (await request).status_code == 200
        await server.ended()
    assert server.process.returncode == 0


async def test_a_websocket_is_closed_at_once_while_a_request_is_under_way(start: StartServer) -> None:
    async with start(DRAIN_SECONDS="60") as server, httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        async with connect(server.url.replace("http", "ws") + "/echo") as websocket:
            request = asyncio.create_task(client.get("/wait"))
            await eventually(lambda: _entered(client))
            server.process.send_signal(signal.SIGTERM)
            with pytest.raises(ConnectionClosed) as closed:
                await websocket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        assert not request.done()
        await server.answer_waiting_request()
        assert (await request).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_ends_the_drain(start: StartServer, number: signal.Signals) -> None:
    async with draining(start, 60) as (server, request):
        await server.printed()
        server.process.send_signal(number)
        assert (await request).status_code == 503
        await server.answer_waiting_request()  # the thread that reads the line would hold the process
        await server.ended()
    assert server.process.returncode == 0


async def test_a_request_is_answered_503_at_the_end_of_the_drain(start: StartServer) -> None:
    async with draining(start, 1) as (server, request):
        assert (await request).status_code == 503
        await server.answer_waiting_request()
        await server.ended()
    assert server.process.returncode == 0


async def test_a_connection_opened_before_the_signal_learns_that_the_process_is_not_ready(start: StartServer) -> None:
    async with start() as server:
        address = urlsplit(server.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        server.process.send_signal(signal.SIGTERM)
        await server.printed()
        writer.write(b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await server.ended()
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"workers: stopping" in answer
    assert b"connection: close" in answer.lower()


async def test_a_connection_that_the_kernel_has_queued_is_answered() -> None:
    app = FastAPI()

    @app.post("/things")
    async def make_thing() -> str:  # pyright: ignore[reportUnusedFunction]
        return "made"

    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, http=BoundedHttpProtocol, lifespan="off", log_config=None)
        config.timeout_graceful_shutdown = 10
        config.load()
        server = DrainingServer(config, Supervisor([]), lambda: None)
        server.lifespan = config.lifespan_class(config)
        await server.startup([listening])
        with socket.create_connection(listening.getsockname()) as client:
            client.sendall(b"POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            await server.shutdown([listening])  # nothing ran between the connection and the end
            client.settimeout(0)
            answer = client.recv(1000)
    assert answer.startswith(b"HTTP/1.1 200 ")


async def _entered(client: httpx.AsyncClient) -> bool:
    with suppress(httpx.TransportError):
        return (await client.get("/entered")).json()
    return False
