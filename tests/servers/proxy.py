"""A bad network on the loopback interface: a TCP proxy that delays, resets and silently drops."""

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

_CHUNK = 64 * 1024
_LINGER_ZERO = struct.pack("ii", 1, 0)
"""SO_LINGER with a timeout of 0: closing the socket sends a reset."""


class Proxy:
    """Forwards bytes between clients of 127.0.0.1:`port` and the server on 127.0.0.1:`target`.

    At first the network is good; every method takes effect at once, but not on bytes already forwarded.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self.delay_seconds = 0.0
        """Delay of each chunk, in both directions."""
        self._target = target
        self._links: set[_Link] = set()
        self._server: asyncio.Server | None = None

    @property
    def connections(self) -> int:
        """The number of open connections, including half-open ones."""
        return len(self._links)

    async def accept(self) -> None:
        """Accept new connections (again), on the same port as before."""
        if self._server is None:
            self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Refuse new connections; open ones stay."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def cut(self) -> None:
        """Reset all connections, as a router does that lost its state."""
        for link in list(self._links):
            link.abort()

    def silence(self) -> None:
        """Make the open connections half open: they stay, and bytes sent over them are dropped.

        New connections work.
        """
        for link in self._links:
            link.is_silent = True

    async def close(self) -> None:
        """Refuse new connections and reset open ones."""
        await self.refuse()
        self.cut()
        await asyncio.gather(*(link.task for link in list(self._links)), return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(self, (reader, writer), (server_reader, server_writer))
        self._links.add(link)
        link.task.add_done_callback(lambda _: self._links.discard(link))


class _Link:
    """One connection: a stream to the client and a stream to the server."""

    def __init__(
        self,
        proxy: Proxy,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self.is_silent = False
        self._proxy, self._writers = proxy, (client[1], server[1])
        self.task = asyncio.create_task(self._run(client, server))

    def abort(self) -> None:
        """Reset both streams."""
        for writer in self._writers:
            if not writer.is_closing():
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
            writer.transport.abort()

    async def _run(
        self,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        directions = [
            asyncio.create_task(self._forward(client[0], server[1])),
            asyncio.create_task(self._forward(server[0], client[1])),
        ]
        try:
            await asyncio.wait(directions)
        finally:
            for direction in directions:
                direction.cancel()
            self.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):  # one side closed: write_eof closes the other
            while data := await reader.read(_CHUNK):
                if self._proxy.delay_seconds:
                    await asyncio.sleep(self._proxy.delay_seconds)
                if not self.is_silent:
                    writer.write(data)
                    await writer.drain()
        if self.is_silent:
            return
        with suppress(OSError, RuntimeError):  # already closed
            writer.write_eof()


@asynccontextmanager
async def proxy(target: int) -> AsyncGenerator[Proxy]:
    """Run a proxy in front of 127.0.0.1:`target`."""
    network = Proxy(target)
    await network.accept()
    try:
        yield network
    finally:
        await network.close()
