"""The load of a rolling update: slow uploads and short reads, each tried once and counted."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import httpx

from testkit.eventually import eventually
from tests.faults.retrying_client import RetryingClient

_HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="scan.zip"\r\n\r\n'
_TAIL = b"\r\n--x--\r\n"
_MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}
_CHUNK = bytes(64 * 1024)
_CHUNKS_PER_SECOND = 4
_UPLOADS = ("/upload", "/jobs")
_READS = ("/jobs", "/files", "/stats", "/.well-known/jwks.json", "/health")


@dataclass
class Counts:
    """How many requests were answered as they should be, and what became of the others."""

    succeeded: int = 0
    failures: list[str] = field(default_factory=list[str])

    async def count(self, what: str, request: Awaitable[httpx.Response], status: int) -> None:
        """Await a request and count it."""
        try:
            answer = await request
        except httpx.TransportError as problem:
            self.failures.append(f"{what}: {type(problem).__name__}")
            return
        if answer.status_code == status:
            self.succeeded += 1
        else:
            self.failures.append(f"{what}: {answer.status_code} {answer.text[:200]}")


@dataclass
class Load:
    """`clients` users who upload files for `seconds` each, one after the other, and read meanwhile."""

    url: str
    clients: int
    seconds: float
    read_pause_seconds: float = 0.2
    uploads: Counts = field(default_factory=Counts)
    reads: Counts = field(default_factory=Counts)
    _begun: int = 0
    _ending: asyncio.Event = field(default_factory=asyncio.Event)

    async def during(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run work once uploads are under way; return when the last upload is answered."""
        async with AsyncExitStack() as stack:
            users = [await self._user(stack) for _ in range(self.clients)]
            loops = [self._upload(user, _UPLOADS[number % 2]) for number, user in enumerate(users)]
            running = asyncio.gather(*loops, *(self._read(user) for user in users))
            try:
                await eventually(self._each_has_begun)
                await work()
            finally:
                self._ending.set()
                await running

    async def _each_has_begun(self) -> bool:
        return self._begun >= self.clients

    async def _user(self, stack: AsyncExitStack) -> httpx.AsyncClient:
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=self.url, timeout=120))
        await RetryingClient(http).sign_in()
        return http

    async def _upload(self, http: httpx.AsyncClient, path: str) -> None:
        while not self._ending.is_set():
            request = http.post(path, content=self._body(), headers=_MULTIPART)
            await self.uploads.count(f"POST {path}", request, 201)

    async def _read(self, http: httpx.AsyncClient) -> None:
        while not self._ending.is_set():
            for path in _READS:
                await self.reads.count(f"GET {path}", http.get(path), 200)
                await asyncio.sleep(self.read_pause_seconds)

    async def _body(self) -> AsyncIterator[bytes]:
        yield _HEAD
        yield _CHUNK
        self._begun += 1
        ends = time.monotonic() + self.seconds
        while time.monotonic() < ends:
            yield _CHUNK
            await asyncio.sleep(1 / _CHUNKS_PER_SECOND)
        yield _TAIL
