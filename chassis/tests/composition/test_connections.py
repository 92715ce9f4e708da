"""Limits on open connections, by a server in the process of the test whose clock the test moves."""

import asyncio
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response

from chassis.composition.draining_server import DrainingServer
from chassis.http.connections import SEND_SECONDS, Connections, Refusal
from chassis.http.protocol import bounded_protocol
from chassis.http.request_progress import BODY_WINDOW_BYTES, BODY_WINDOW_SECONDS, HEAD_SECONDS, UNREAD_BODY_SECONDS
from chassis.runtime.supervisor import Supervisor
from testkit.eventually import eventually

LOOP_ITERATIONS = 20
KEEP_ALIVE_SECONDS = 75
DEADLINE_SECONDS = 20
POST = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
GET = b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass
class Client:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Send bytes, and let the server, which runs in the same loop, read them."""
        self.writer.write(data)
        await self.writer.drain()
        for _ in range(LOOP_ITERATIONS):
            await asyncio.sleep(0)

    async def rest(self) -> bytes:
        """Read until the server closes."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""


@dataclass
class Served:
    """A server without its own timer: `later` moves its clock."""

    server: DrainingServer
    connections: Connections
    address: tuple[str, int]
    refused: "Counter[str]"
    reads: asyncio.Event
    clients: list[Client] = field(default_factory=list[Client])

    async def connect(self, data: bytes = b"") -> Client:
        """Connect and send bytes."""
        client = Client(*await asyncio.open_connection(*self.address))
        self.clients.append(client)
        await client.send(data)
        return client

    def later(self, seconds: float) -> None:
        now = asyncio.get_running_loop().time()
        self.connections.end_overdue(now + seconds, self.server.server_state.connections)


@asynccontextmanager
async def serving(max_connections: int = 100, trusted_proxies: str = "") -> AsyncGenerator[Served]:
    app, reads, refused = FastAPI(), asyncio.Event(), Counter[str]()
    reads.set()

    @app.post("/echo")
    async def echo(request: Request) -> list[str]:  # pyright: ignore[reportUnusedFunction]
        await reads.wait()
        await request.body()
        return list(request.headers)

    @app.post("/refused")
    async def refuse(_: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        return Response("no", 401)

    @app.get("/large")
    async def large() -> Response:  # pyright: ignore[reportUnusedFunction]
        return Response(bytes(50 * 1024**2))

    def count(refusal: Refusal) -> None:
        refused[refusal] += 1

    connections = Connections(max_connections, trusted_proxies, count)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, http=bounded_protocol(connections), lifespan="off", log_config=None)
        config.timeout_keep_alive = KEEP_ALIVE_SECONDS
        config.load()
        server = DrainingServer(config, Supervisor([]), lambda: None)
        server.lifespan = config.lifespan_class(config)
        await server.startup([listening])
        served = Served(server, connections, listening.getsockname(), refused, reads)
        yield served
        for client in served.clients:
            client.writer.transport.abort()
        reads.set()
        await server.shutdown([listening])


async def test_a_head_that_does_not_end_is_answered_408() -> None:
    async with serving() as served:
        client = await served.connect(b"GET / HTTP/1.1\r\nX-A: ")
        served.later(HEAD_SECONDS - 1)
        await client.send(b"b")
        served.later(HEAD_SECONDS + 1)
        answer = await client.rest()
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert answer.endswith('{"detail":"Запрос не пришёл вовремя"}'.encode())
        assert served.refused == {"head_timeout": 1}


@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n"])
async def test_a_connection_that_brings_no_request_is_closed(sent: bytes) -> None:
    async with serving() as served:
        client = await served.connect(sent)
        served.later(HEAD_SECONDS + 1)
        assert await client.rest() == b""


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
async def test_an_idle_connection_is_closed(sent: bytes) -> None:
    async with serving() as served:
        client = await served.connect(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
        await client.reader.readuntil(b"}")
        await client.send(sent)
        served.later(KEEP_ALIVE_SECONDS - 70)
        served.later(KEEP_ALIVE_SECONDS + 1)
        assert await client.rest() == b""


async def test_a_body_that_rests_is_answered_408() -> None:
    async with serving() as served:
        client = await served.connect(POST + b"x")
        served.later(BODY_WINDOW_SECONDS + 1)
        assert (await client.rest()).startswith(b"HTTP/1.1 408 ")
        assert served.refused == {"body_timeout": 1}


async def test_a_slow_body_is_received() -> None:
    async with serving() as served:
        client = await served.connect(POST + bytes(BODY_WINDOW_BYTES))
        served.later(BODY_WINDOW_SECONDS + 1)
        await client.send(bytes(100_000 - BODY_WINDOW_BYTES))
        assert (await client.reader.readline()).startswith(b"HTTP/1.1 200 ")


async def test_a_body_that_the_server_does_not_read_is_not_overdue() -> None:
    async with serving() as served:
        served.reads.clear()
        client = await served.connect(POST + bytes(99_999))

        async def is_paused() -> bool:
            return any(each.flow.read_paused for each in served.server.server_state.connections)  # pyright: ignore

        await eventually(is_paused)
        served.later(BODY_WINDOW_SECONDS + 1)
        served.later(2 * BODY_WINDOW_SECONDS + 2)
        served.reads.set()
        await client.send(b"x")
        assert (await client.reader.readline()).startswith(b"HTTP/1.1 200 ")


async def test_the_rest_of_a_body_that_was_answered_is_read_for_a_limited_time() -> None:
    async with serving() as served:
        client = await served.connect(POST.replace(b"echo", b"refused") + b"x")
        assert (await client.reader.readline()).startswith(b"HTTP/1.1 401 ")
        served.later(UNREAD_BODY_SECONDS - 1)
        await client.send(b"x")
        served.later(UNREAD_BODY_SECONDS + 1)
        await client.rest()


async def test_an_answer_that_nobody_reads_is_given_up() -> None:
    async with serving() as served:
        client = await served.connect(GET)
        await client.reader.readline()
        await eventually(lambda: _is_stalled(served))
        served.later(0)
        served.later(SEND_SECONDS + 1)
        assert served.refused == {"send_timeout": 1}


async def _is_stalled(served: Served) -> bool:
    """Return whether the kernel takes no more bytes of an answer."""
    sizes: list[int] = []
    for _ in range(2):
        sizes += [each.transport.get_write_buffer_size() for each in served.server.server_state.connections]
        await asyncio.sleep(0.05)
    return len(set(sizes)) == 1 and sizes[0] > 0


async def test_trailers_are_not_headers() -> None:
    chunked = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    async with serving() as served:
        client = await served.connect(chunked + b"1\r\nx\r\n0\r\nX-Trailer: 1\r\nContent-Type: a/b\r\n\r\n")
        answer = await client.rest()
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"trailer" not in answer.lower().partition(b"\r\n\r\n")[2]
        assert b'["host","transfer-encoding","connection"]' in answer


@pytest.mark.parametrize("endless", [b"X-Trailer: 1\r\n", b"X-Trailer: " + b"x" * 1000, b"x" * 1000])
async def test_endless_trailers_are_refused(endless: bytes) -> None:
    chunked = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
    async with serving() as served:
        client = await served.connect(chunked + endless)
        with suppress(ConnectionError):
            for _ in range(1000):
                await client.send(endless.replace(b"X-Trailer: x", b"x") * 100)
        assert served.refused == {"head_too_large": 1}


async def test_beyond_the_limit_the_longest_waiting_connection_is_replaced() -> None:
    async with serving(max_connections=2, trusted_proxies="127.0.0.0/8") as served:
        first = await served.connect(b"GET / HT")
        second = await served.connect(b"GET / HT")
        third = await served.connect(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await third.reader.readline()).startswith(b"HTTP/1.1 404 ")
        assert (await first.rest()).startswith(b"HTTP/1.1 503 ")
        await second.send(b"TP/1.1\r\nHost: x\r\n\r\n")
        assert (await second.reader.readline()).startswith(b"HTTP/1.1 404 ")
        assert served.refused == {"replaced": 1}


async def test_requests_under_way_are_never_replaced() -> None:
    async with serving(max_connections=1, trusted_proxies="127.0.0.0/8") as served:
        served.reads.clear()
        busy = await served.connect(POST.replace(b"100000", b"1") + b"x")
        refused = await served.connect()
        assert (await refused.rest()).startswith(b"HTTP/1.1 503 ")
        served.reads.set()
        assert (await busy.reader.readline()).startswith(b"HTTP/1.1 200 ")
        assert served.refused == {"too_many": 1}


@pytest.mark.parametrize(("trusted", "replaced"), [("", 1), ("127.0.0.1", 0)])
async def test_one_address_has_half_of_the_connections_unless_it_is_a_trusted_proxy(
    trusted: str, replaced: int
) -> None:
    async with serving(max_connections=4, trusted_proxies=trusted) as served:
        for _ in range(3):
            await served.connect(b"GET / HT")
        assert served.refused["replaced"] == replaced


@pytest.mark.parametrize(
    ("limits", "wanted", "expected"),
    [
        ("ulimit -n 256", 4096, "128 256"),
        ("ulimit -n 1024", 4096, "512 1024"),
        ("ulimit -n 2048", 4096, "1536 2048"),
        ("ulimit -n 2048", 100, "100 2048"),
        ("ulimit -Sn 256 && ulimit -Hn 2048", 4096, "1536 2048"),
        ("ulimit -Sn 256 && ulimit -Hn 2048", 100, "100 612"),
    ],
)
def test_descriptors_are_left_to_the_stores_and_the_soft_limit_is_raised_as_needed(
    limits: str, wanted: int, expected: str
) -> None:
    program = f"""
import resource
from chassis.composition.descriptors import max_connections
print(max_connections({wanted}), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"""
    command = ["sh", "-c", f'{limits} && exec "$@"', "sh", sys.executable, "-c", program]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout == f"{expected}\n"
