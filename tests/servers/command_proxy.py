"""A proxy that sees each command between MongoDB's clients and a server, and may answer it itself."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from tests.servers.mongodb_wire import WireMessage, read_message

HELLO = frozenset({"hello", "ismaster", "isMaster"})
"""The names of the command that a connection begins with."""
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Connection:
    """The proxy's connection to the server for one connection of a client, and the user of that."""

    server: Streams
    user: str = ""

    async def forward(self, request: WireMessage) -> WireMessage | None:
        """Return the server's answer; None when it closed the connection."""
        self.server[1].write(request.encode())
        return await read_message(self.server[0])


class CommandProxy:
    """Forwards commands to the server on `target`, one at a time on each connection."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.port = 0
        self._target = target
        self._connections: set[asyncio.Task[None]] = set()

    async def answer(self, request: WireMessage, connection: Connection) -> WireMessage | None:
        """Return the answer; None to close the connection."""
        return await connection.forward(request)

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncGenerator[Self]:
        """Accept connections, by default on a free port."""
        listening = await asyncio.start_server(self._serve, "127.0.0.1", port)
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
        connection = Connection(await asyncio.open_connection(*self._target))
        try:
            while request := await read_message(client[0]):
                answer = await self.answer(request, connection)
                if answer is None:
                    break
                client[1].write(answer.encode())
                await client[1].drain()
        except ConnectionError:
            return
        finally:
            for _, writer in (client, connection.server):
                writer.transport.abort()
