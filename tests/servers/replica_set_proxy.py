"""A proxy that plays a MongoDB replica set of one member, and what its clients see of a failover."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from tests.servers.mongodb_wire import Json, WireMessage, read_message

NOT_WRITABLE_PRIMARY, SHUTDOWN_IN_PROGRESS = 10107, 91
_HELLO = {"hello", "ismaster", "isMaster"}
_OF_CONNECTIONS = {"saslStart", "saslContinue", "ping", "endSessions"}
_SET = "rs0"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class ReplicaSetProxy:
    """Forwards commands to a server and answers as the member of a replica set.

    Like a replica set, it executes a retryable write once and answers a repetition, which has the same session and
    number, as before. SecantusDB does so for repetitions on the same connection only.
    """

    def __init__(self, server_uri: str) -> None:
        server = urlsplit(server_uri)
        self._credentials = server.netloc.rpartition("@")[0]
        self._server = (server.hostname or "127.0.0.1", server.port or 27017)
        self.port = 0
        self.has_primary = True
        """Without a primary every command is refused, and `hello` says that the member is a secondary."""
        self.refusals: dict[str, int] = {}
        """Names of commands of which the next one is refused, and with which code."""
        self.lost_answers: set[str] = set()
        """Names of commands of which the next one is executed, and the connection closed instead of an answer."""
        self.hello: dict[str, Any] = {}
        """Fields of the answer to `hello` that are not the server's."""
        self.held: dict[str, asyncio.Event] = {}
        """Commands, by name and collection (`find jobs`), that are held back until the event is set."""
        self.received: list[str] = []
        """Names of the commands that came, without those of connections."""
        self._answers: dict[tuple[bytes, int], WireMessage] = {}
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def uri(self) -> str:
        """The URI for clients."""
        user = f"{self._credentials}@" if self._credentials else ""
        return f"mongodb://{user}127.0.0.1:{self.port}/?replicaSet={_SET}"

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["ReplicaSetProxy"]:
        """Accept connections."""
        listening = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = listening.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            listening.close()
            for connection in self._connections:
                connection.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._answer_all((reader, writer)))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _answer_all(self, client: Streams) -> None:
        server = await asyncio.open_connection(*self._server)
        try:
            while request := await read_message(client[0]):
                answer = await self._answer(request, server)
                if answer is None:
                    break
                client[1].write(answer.encode())
                await client[1].drain()
        except ConnectionError:
            return
        finally:
            for _, writer in (client, server):
                writer.transport.abort()

    async def _answer(self, request: WireMessage, server: Streams) -> WireMessage | None:
        """Return the answer; None to close the connection."""
        command = request.document
        name = next(iter(command))
        if name in _HELLO:
            hello = await _forward(request, server)
            return hello and request.answer(self._as_member(hello.document))
        if name in _OF_CONNECTIONS:
            return await _forward(request, server)
        self.received.append(name)
        if held := self.held.get(f"{name} {command[name]}"):
            await held.wait()
        if not self.has_primary:
            return request.answer(_error(command, NOT_WRITABLE_PRIMARY))
        if code := self.refusals.pop(name, None):
            return request.answer(_error(command, code))
        answer = await self._executed_once(request, command, server)
        if name in self.lost_answers:
            self.lost_answers.remove(name)
            return None
        return answer

    async def _executed_once(self, request: WireMessage, command: Json, server: Streams) -> WireMessage | None:
        if "txnNumber" not in command:
            return await _forward(request, server)
        write = (bytes(command["lsid"]["id"]), command["txnNumber"])
        if write not in self._answers:
            answer = await _forward(request, server)
            if answer is None:
                return None
            self._answers[write] = answer
        return replace(self._answers[write], response_to=request.request_id)

    def _as_member(self, hello: Json) -> Json:
        """Return the answer to `hello`: without `topologyVersion`, the driver asks again instead of streaming."""
        me = f"127.0.0.1:{self.port}"
        role = {
            "ismaster": self.has_primary,
            "isWritablePrimary": self.has_primary,
            "secondary": not self.has_primary,
            "setName": _SET,
            "hosts": [me],
            "me": me,
            "logicalSessionTimeoutMinutes": 30,
            **self.hello,
        }
        others = {key: value for key, value in hello.items() if key not in {"topologyVersion", "primary", "msg"}}
        return {**others, **role, **({"primary": me} if self.has_primary else {})}


async def _forward(request: WireMessage, server: Streams) -> WireMessage | None:
    server[1].write(request.encode())
    return await read_message(server[0])


def _error(command: Json, code: int) -> Json:
    """Return an error as a server labels it: a write with a transaction number may be repeated."""
    labels = {"errorLabels": ["RetryableWriteError"]} if "txnNumber" in command else {}
    return {"ok": 0.0, "code": code, "errmsg": "refused by a test", **labels}
