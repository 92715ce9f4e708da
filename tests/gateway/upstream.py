"""Fake upstream service behind the gateway: it echoes the request."""

import asyncio
import json
import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

import uvicorn
from starlette.types import Receive, Scope, Send

from tests.servers.ports import free_port


@dataclass
class Upstream:
    """An HTTP and WebSocket server in the role of one service.

    `arrived` is set at the first bytes of an upload; a response in two halves waits for `may_end` before the second.
    """

    service: str
    host: str = "127.0.0.1"
    port: int = field(default_factory=free_port)
    arrived: Event = field(default_factory=Event)
    may_end: Event = field(default_factory=Event)

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @contextmanager
    def listening(self) -> Generator["Upstream"]:
        config = uvicorn.Config(self, lifespan="off", log_config=None, ws="websockets-sansio")
        server = uvicorn.Server(config)
        with socket.create_server((self.host, self.port)) as listening:
            thread = Thread(target=server.run, args=([listening],))
            thread.start()
            try:
                yield self
            finally:
                server.should_exit = True
                thread.join()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._talk(scope, receive, send)
        else:
            await self._answer(scope, await self._size(receive), receive, send)

    async def _size(self, receive: Receive) -> int:
        size, message = 0, await receive()
        while message["type"] == "http.request":
            size += len(message.get("body", b""))
            if size:
                self.arrived.set()
            if not message.get("more_body"):
                break
            message = await receive()
        return size

    async def _answer(self, scope: Scope, size: int, receive: Receive, send: Send) -> None:
        """Echo the request; the header `Answer` selects a status, `never`, or `halves`."""
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        seen = {
            "service": self.service,
            "host": self.host,
            "method": scope["method"],
            "path": scope["raw_path"].decode(),
            "query": scope["query_string"].decode(),
            "headers": headers,
            "size": size,
        }
        if headers.get("answer") == "never":
            await receive()
            return
        if headers.get("answer") == "halves":
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": b"first", "more_body": True})
            await asyncio.to_thread(self.may_end.wait, 30)
            await send({"type": "http.response.body", "body": b"second"})
            return
        status = int(headers.get("answer", "200"))
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"a/b")]})
        await send({"type": "http.response.body", "body": json.dumps(seen).encode()})

    async def _talk(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send(
            {"type": "websocket.send", "text": f"{self.service} {scope['path']}?{scope['query_string'].decode()}"}
        )
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
