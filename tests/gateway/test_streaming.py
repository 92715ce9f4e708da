"""Request and response bodies are streamed without buffering on disk; WebSockets are proxied."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import websockets
from websockets.asyncio.client import connect

from tests.gateway.upstream import Upstream
from tests.servers.nginx import NginxServer
from tests.servers.ports import free_port

MIB = 1024**2


def written(gateway: NginxServer) -> list[Path]:
    return [path for folder in ("bodies", "answers") for path in (gateway.folder / folder).rglob("*") if path.is_file()]


@pytest.mark.parametrize("announced", [True, False])
async def test_an_upload_streams(gateway: NginxServer, upstreams: dict[str, Upstream], announced: bool) -> None:
    arrived = upstreams["storage"].arrived
    arrived.clear()

    async def body() -> AsyncIterator[bytes]:
        yield bytes(MIB)
        assert await asyncio.to_thread(arrived.wait, 30), "nothing arrives before the last byte was sent"
        for _ in range(49):
            yield bytes(MIB)
        assert await asyncio.to_thread(written, gateway) == []

    headers = {"Content-Length": str(50 * MIB)} if announced else {}
    async with httpx.AsyncClient(base_url=gateway.endpoint, timeout=60) as http:
        answer = await http.post("/upload", content=body(), headers=headers)
    assert answer.json()["size"] == 50 * MIB
    assert await asyncio.to_thread(written, gateway) == []


async def test_a_download_streams(gateway: NginxServer, upstreams: dict[str, Upstream]) -> None:
    may_end = upstreams["storage"].may_end
    may_end.clear()
    async with (
        httpx.AsyncClient(base_url=gateway.endpoint, timeout=60) as http,
        http.stream("GET", "/download/a", headers={"Answer": "halves"}) as answer,
    ):
        pieces = answer.aiter_raw()
        assert await anext(pieces) == b"first"
        assert not may_end.is_set()
        may_end.set()
        assert await anext(pieces) == b"second"


async def unanswered(http: httpx.AsyncClient, times: int) -> list[int]:
    return [(await http.get("/users/1", headers={"Answer": "never"})).status_code for _ in range(times)]


async def test_an_upload_may_take_longer_than_an_answer(upstreams: dict[str, Upstream], tmp_path: Path) -> None:
    class Hasty(NginxServer):
        def configure(self) -> None:
            super().configure()
            file = self.folder / "nginx.conf"
            file.write_text(file.read_text().replace(" 120s;", " 1s;"))

    addresses = {name: [upstream.address] for name, upstream in upstreams.items()}
    hasty = Hasty(tmp_path / "nginx", free_port(), addresses)
    hasty.start()
    try:
        async with httpx.AsyncClient(base_url=hasty.endpoint, timeout=60) as http:
            hanging = asyncio.ensure_future(unanswered(http, 2))

            async def body() -> AsyncIterator[bytes]:
                while not hanging.done():
                    yield b"x"
                    await asyncio.wait([hanging], timeout=0.1)
                yield b"x"

            assert (await http.post("/upload", content=body())).status_code == 200
            assert await hanging == [503, 503]
    finally:
        hasty.stop()


async def test_a_socket_is_bidirectional(gateway: NginxServer) -> None:
    url = gateway.endpoint.replace("http", "ws")
    async with connect(f"{url}/ws/jobs/1?after=7") as socket:
        assert await socket.recv() == "notifier /ws/jobs/1?after=7"
        for text in ("привет", "x" * 50_000):
            await socket.send(text)
            assert await socket.recv() == text


async def test_only_sockets_are_upgraded(gateway: NginxServer) -> None:
    url = gateway.endpoint.replace("http", "ws")
    with pytest.raises(websockets.InvalidStatus) as refused:
        await connect(f"{url}/jobs/1")
    assert refused.value.response.status_code == 200


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_beyond_the_limit_is_refused(
    upstreams: dict[str, Upstream], tmp_path: Path, announced: bool
) -> None:
    addresses = {name: [upstream.address] for name, upstream in upstreams.items()}
    small = NginxServer(tmp_path / "nginx", free_port(), addresses)
    small.gateway = replace(small.gateway, body_limit=MIB)
    small.start()

    async def body() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(MIB)

    headers = {"Content-Length": str(3 * MIB)} if announced else {}
    try:
        async with httpx.AsyncClient(base_url=small.endpoint) as http:
            answer = await http.post("/upload", content=body(), headers=headers)
            assert (await http.post("/upload", content=bytes(MIB))).json()["size"] == MIB
    finally:
        small.stop()
    assert (answer.status_code, answer.json()) == (413, {"detail": "Тело запроса слишком большое"})
