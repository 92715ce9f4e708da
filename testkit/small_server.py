"""A process that serves a small service, for tests of its start and its end."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass
class SmallServer:
    """A running process and its address."""

    process: asyncio.subprocess.Process
    url: str

    async def ended(self) -> str:
        """Wait for the end of the process; return the rest of its output."""
        assert self.process.stdout is not None
        output = await self.process.stdout.read()
        await self.process.wait()
        return output.decode()

    async def printed(self) -> str:
        """Return the next line of its output."""
        assert self.process.stdout is not None
        return (await self.process.stdout.readline()).decode().strip()

    async def answer_waiting_request(self) -> None:
        """Let it answer the request that waits for a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"continue\n")
        await self.process.stdin.drain()

    async def raw(self, data: bytes) -> bytes:
        """Send bytes, and read until the server closes the connection; a reset may lose its answer."""
        address = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            writer.write(data)
            async with asyncio.timeout(10):
                return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()


StartServer = Callable[..., AbstractAsyncContextManager[SmallServer]]
"""Start a process with settings, named without their prefix."""
