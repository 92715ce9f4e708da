"""A real server process: start, hostile input, graceful shutdown."""

import asyncio
import signal
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from testkit.eventually import eventually
from testkit.small_server import StartServer


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_an_open_request_is_answered_before_the_process_ends(start: StartServer, number: signal.Signals) -> None:
    async with start() as server, httpx.AsyncClient(base_url=server.url, timeout=30) as client:
        waiting = asyncio.ensure_future(client.get("/wait"))

        async def entered() -> bool:
            return (await client.get("/entered")).json()

        async def refuses_others() -> bool:
            try:
                async with httpx.AsyncClient(base_url=server.url) as other:
                    await other.get("/entered")
            except httpx.TransportError:
                return True
            return False

        await eventually(entered)
        server.process.send_signal(number)
        await eventually(refuses_others)
        await server.answer_waiting_request()
        assert (await waiting).json() == "continue\n"
        assert await server.ended() == "stopped\n"
        assert server.process.returncode == 0


async def test_an_address_in_use_is_reported(start: StartServer, tmp_path: Path) -> None:
    async with start() as server:
        port = str(urlsplit(server.url).port)
        async with start(PORT=port) as second:
            await second.ended()
        assert second.process.returncode != 0
        assert f"cannot listen at 127.0.0.1:{port}: Address already in use" in (tmp_path / "log").read_text()


async def test_malformed_http_is_answered_in_the_format_of_the_contract(start: StartServer) -> None:
    async with start() as server:
        answer = await server.raw(b"\x16\x03\x01 hello\r\n\r\n")
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 Bad Request")
        assert body.decode() == '{"detail":"Некорректные данные запроса"}'


async def test_an_endless_request_head_is_rejected(start: StartServer) -> None:
    endless = [b"X-Endless: " + b"x" * 200_000, b"X-Many: 1\r\n" * 20_000, b"G" * 200_000]
    async with start() as server:
        for line in endless:
            answer = await server.raw(b"GET /entered HTTP/1.1\r\nHost: x\r\n" + line)
            assert answer == b"" or answer.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))
        async with httpx.AsyncClient(base_url=server.url) as client:
            assert (await client.get("/entered")).status_code == 200


async def test_a_too_large_websocket_message_closes_only_its_connection(start: StartServer) -> None:
    async with start() as server:
        url = server.url.replace("http", "ws") + "/echo"
        async with connect(url, max_size=None) as other, connect(url) as sender:
            await sender.send("x" * 100_000)
            with pytest.raises(ConnectionClosed) as closed:
                await sender.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009
            await other.send("still here")
            assert await other.recv() == "still here"


async def test_a_nul_in_the_url_of_a_websocket_is_not_a_server_error(start: StartServer) -> None:
    async with start() as server, connect(server.url.replace("http", "ws") + "/echo?token=%00") as socket:
        await socket.send("hello")
        assert await socket.recv() == "hello"


@pytest.mark.parametrize(
    ("proxies", "caller"),
    [("", "address:127.0.0.1"), ("127.0.0.1", "address:192.0.2.9"), ("10.0.0.0/8", "address:127.0.0.1")],
)
async def test_forwarded_addresses_are_accepted_from_trusted_proxies_only(
    start: StartServer, proxies: str, caller: str
) -> None:
    async with start(TRUSTED_PROXIES=proxies) as server, httpx.AsyncClient(base_url=server.url) as client:
        assert (await client.get("/who", headers={"X-Forwarded-For": "192.0.2.9"})).json() == caller


FORWARDED = {
    "203.0.113.9, 192.0.2.9": "address:192.0.2.9",
    "192.0.2.9, 127.0.0.1": "address:192.0.2.9",
    "192.0.2.9:50000": "address:192.0.2.9",
    "2001:db8::1": "address:2001:db8::",
    "[2001:db8::1]:50000": "address:2001:db8::",
    "a:b:zz": "address:127.0.0.1",
    "192.0.2.9, a:b:zz": "address:127.0.0.1",
    "192.0.2.300": "address:127.0.0.1",
    "192.0.2.9,": "address:127.0.0.1",
    "\xff": "address:127.0.0.1",
}


async def test_the_client_is_the_last_forwarded_address_and_a_malformed_one_counts_as_the_proxys(
    start: StartServer,
) -> None:
    async with start(TRUSTED_PROXIES="127.0.0.1") as server, httpx.AsyncClient(base_url=server.url) as client:
        for forwarded, caller in FORWARDED.items():
            answer = await client.get("/who", headers={b"X-Forwarded-For": forwarded.encode("latin-1")})
            assert (forwarded, answer.status_code, answer.json()) == (forwarded, 200, caller)
