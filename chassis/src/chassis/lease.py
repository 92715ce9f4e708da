"""A lease: one process at a time does a thing; each holder has a higher fencing number than the one before it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from chassis.clock import Clock
from chassis.document_store import Collection, Document, DocumentStore
from chassis.event_store import StoreUnavailable

LEASES = Collection("leases")


class LeaseLost(RuntimeError):  # noqa: N818  (named as the fact)
    """Somebody else may hold it now: whatever was done under it must stop."""


@dataclass(frozen=True)
class Lease:
    """The right to do what `name` names, for `term` at a time, renewed while it is held.

    A holder of the same `holder` name takes it over at once: it is the same process, started again.
    """

    documents: DocumentStore
    clock: Clock
    name: str
    holder: str
    term: timedelta = timedelta(seconds=9)

    async def run(self, work: Callable[[int], Awaitable[None]]) -> None:
        """Wait for the lease, then do the work, given the fencing number. Raises `LeaseLost` when it was lost."""
        async with self.held() as (fence, lost):
            working = asyncio.ensure_future(work(fence))
            try:
                await asyncio.wait({working, lost}, return_when=asyncio.FIRST_COMPLETED)
                if not working.done():
                    raise LeaseLost(self.name)
                working.result()
            finally:
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)

    @asynccontextmanager
    async def held(self) -> AsyncGenerator[tuple[int, "asyncio.Future[None]"]]:
        """Hold the lease: yields the fencing number and a future that ends when the lease could not be renewed."""
        fence = await self._acquire()
        renewing = asyncio.ensure_future(self._renew(fence))
        try:
            yield fence, renewing
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing
            await self._release(fence)

    async def _acquire(self) -> int:
        while True:
            stored = await self.documents.get(LEASES, self.name)
            fence = stored.revision + 1 if stored else 1
            free = stored is None or self._is_free(stored)
            if free and await self._write(fence, stored.revision if stored else None, self.clock.now() + self.term):
                return fence
            await asyncio.sleep(self.term.total_seconds() / 6)

    def _is_free(self, stored: Document) -> bool:
        lease = orjson.loads(stored.body or b"{}")
        return lease["holder"] == self.holder or datetime.fromisoformat(lease["expires"]) <= self.clock.now()

    async def _renew(self, fence: int) -> None:
        last = self.clock.now()
        while self.clock.now() < last + self.term:
            await asyncio.sleep(self.term.total_seconds() / 3)
            with suppress(StoreUnavailable):
                if not await self._write(fence, fence, self.clock.now() + self.term):
                    return
                last = self.clock.now()

    async def _release(self, fence: int) -> None:
        with suppress(StoreUnavailable):
            await self._write(fence, fence, self.clock.now())

    async def _write(self, fence: int, expected: int | None, expires: datetime) -> bool:
        body = orjson.dumps({"holder": self.holder, "expires": expires.isoformat()})
        return await self.documents.compare_and_set(LEASES, Document(self.name, fence, body), expected)
