"""A bad network on the loopback: a TCP proxy of this process that delays, cuts and goes silent when a test says so."""

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

_CHUNK = 64 * 1024
_AT_ONCE = struct.pack("ii", 1, 0)
"""Linger for no time: closing resets."""


class Proxy:
    """Passes bytes between whoever connects to 127.0.0.1:`port` and 127.0.0.1:`target`.

    The network starts well; every method takes effect at once. What is already under way is not taken back.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self.delay_seconds = 0.0
        """How long each piece of data waits, in either direction."""
        self._target = target
        self._links: set[_Link] = set()
        self._server: asyncio.Server | None = None

    @property
    def connections(self) -> int:
        """How many connections there are now, silent ones too."""
        return len(self._links)

    async def accept(self) -> None:
        """Let clients connect (again), on the same port as before."""
        if self._server is None:
            self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Let no more clients connect; who is connected stays so."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def cut(self) -> None:
        """Reset all connections, as a router that forgot them does."""
        for link in list(self._links):
            link.abort()

    def silence(self) -> None:
        """Make the present connections half open: they stay, and whatever is sent over them is swallowed.

        New connections are good.
        """
        for link in self._links:
            link.is_silent = True

    async def close(self) -> None:
        """End everything."""
        await self.refuse()
        self.cut()
        await asyncio.gather(*(link.task for link in list(self._links)), return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(self, (reader, writer), (far_reader, far_writer))
        self._links.add(link)
        link.task.add_done_callback(lambda _: self._links.discard(link))


class _Link:
    """One connection: two streams, one to each side."""

    def __init__(
        self,
        proxy: Proxy,
        near: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        far: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self.is_silent = False
        self._proxy, self._writers = proxy, (near[1], far[1])
        self.task = asyncio.create_task(self._run(near, far))

    def abort(self) -> None:
        """Reset both sides."""
        for writer in self._writers:
            if not writer.is_closing():
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            writer.transport.abort()

    async def _run(
        self,
        near: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        far: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        ways = [asyncio.create_task(self._pass(near[0], far[1])), asyncio.create_task(self._pass(far[0], near[1]))]
        try:
            await asyncio.wait(ways)
        finally:
            for way in ways:
                way.cancel()
            self.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):  # one side is gone: the other hears of it
            while data := await reader.read(_CHUNK):
                if self._proxy.delay_seconds:
                    await asyncio.sleep(self._proxy.delay_seconds)
                if not self.is_silent:
                    writer.write(data)
                    await writer.drain()
        if self.is_silent:
            return
        with suppress(OSError, RuntimeError):  # it may be closed already
            writer.write_eof()


@asynccontextmanager
async def proxy(target: int) -> AsyncGenerator[Proxy]:
    """Stand before 127.0.0.1:`target`, on a port of its own."""
    between = Proxy(target)
    await between.accept()
    try:
        yield between
    finally:
        await between.close()
