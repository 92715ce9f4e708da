"""Lease: mutual exclusion between processes with an expiry, and a fencing token that grows with each holder.

Clocks of hosts are never compared. A contender watches the lease: if it is not renewed for a whole term, measured by
the contender's own clock, its holder has failed and the contender acquires it. The holder stops its work when it could
not renew for two thirds of a term.

A suspended process may continue for a short time after it lost the lease. The fencing token keeps it from renewing or
releasing the next holder's lease. A topic checks no token, so an event may be published twice; consumers detect the
duplicate by its revision.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from chassis.ports.clock import Clock
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import StoreUnavailable

LEASES = Collection("leases")
_NO_HOLDER = ""


class LeaseLost(RuntimeError):
    """The lease was lost: another process may hold it now, so the work under it must stop."""


@dataclass
class _Held:
    """State of a held lease: the fencing token, the revision of the last renewal, and the time when that began."""

    fence: int
    revision: int
    renewed: float


@dataclass
class _Watch:
    """How long a lease has had the same revision, by the contender's own clock."""

    revision: int | None = None
    since: float = 0.0

    def unchanged_seconds(self, revision: int) -> float:
        now = asyncio.get_running_loop().time()
        if revision != self.revision:
            self.revision, self.since = revision, now
        return now - self.since


@dataclass(frozen=True)
class Lease:
    """The lease `name`, which expires after `term` unless it is renewed.

    A process with the same `holder` name acquires it immediately: it is the same process after a restart. `clock` only
    provides the stored `renewed_at`, for operators.
    """

    documents: DocumentStore
    clock: Clock
    name: str
    holder: str
    term: timedelta = timedelta(seconds=8)

    async def run(self, work: Callable[[int], Awaitable[None]]) -> None:
        """Acquire the lease, then run `work` with the fencing token. Raises `LeaseLost` when the lease was lost."""
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
        """Hold the lease: yields the fencing token, and a future that completes when the lease is lost."""
        held = await self._acquire()
        renewing = asyncio.ensure_future(self._renew_until_lost(held))
        try:
            yield held.fence, renewing
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing
            await self._release(held.fence)

    async def _acquire(self) -> _Held:
        watch, term = _Watch(), self.term.total_seconds()
        while True:
            stored, started = await self.documents.get(LEASES, self.name), asyncio.get_running_loop().time()
            if stored is None or self._is_free(stored) or watch.unchanged_seconds(stored.revision) >= term:
                fence = stored.revision + 1 if stored else 1
                if await self._write(fence, fence, expected=stored.revision if stored else None):
                    return _Held(fence, fence, started)
            await asyncio.sleep(term / 8)

    def _is_free(self, stored: Document) -> bool:
        return _content(stored).get("holder") in (self.holder, _NO_HOLDER)

    async def _renew_until_lost(self, held: _Held) -> None:
        """Renew until the lease is lost, or may be lost soon."""
        loop, term = asyncio.get_running_loop(), self.term.total_seconds()
        while (remaining := held.renewed + term * 2 / 3 - loop.time()) > 0:
            await asyncio.sleep(min(term / 4, remaining))
            with suppress(StoreUnavailable, TimeoutError):
                async with asyncio.timeout_at(held.renewed + term * 2 / 3):
                    if not await self._renew(held):
                        return

    async def _renew(self, held: _Held) -> bool:
        """Write the next revision; False when another process holds the lease."""
        started = asyncio.get_running_loop().time()
        if await self._write(held.fence, held.revision + 1, expected=held.revision):
            held.revision, held.renewed = held.revision + 1, started
            return True
        stored = await self.documents.get(LEASES, self.name)
        if stored is None or _content(stored).get("fence") != held.fence:
            return False
        held.revision = stored.revision  # a renewal was written, but its response was lost
        return await self._renew(held)

    async def _release(self, fence: int) -> None:
        with suppress(StoreUnavailable):
            stored = await self.documents.get(LEASES, self.name)
            if stored is not None and _content(stored).get("fence") == fence:
                await self._write(fence, stored.revision + 1, expected=stored.revision, holder=_NO_HOLDER)

    async def _write(self, fence: int, revision: int, *, expected: int | None, holder: str | None = None) -> bool:
        holder = self.holder if holder is None else holder
        body = orjson.dumps({"holder": holder, "fence": fence, "renewed_at": self.clock.now().isoformat()})
        return await self.documents.compare_and_set(LEASES, Document(self.name, revision, body), expected)


def _content(stored: Document) -> dict[str, Any]:
    return orjson.loads(stored.body or b"{}")
