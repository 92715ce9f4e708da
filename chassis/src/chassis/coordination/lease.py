"""A lease: one process at a time does a thing; each holder has a higher fencing number than the one before it.

Clocks of hosts are not compared. Whoever wants a lease that another holds watches it: when nothing was renewed for a
whole term of the watcher's own time, its holder is gone. The holder for its part stops when it could not renew for two
thirds of a term.

A holder that was suspended, together with its clock, may go on for a moment after it was followed. The fencing number
shuts it out of what compares it, as the lease itself does: what a follower took can't be renewed or given back by the
one before. It does not shut it out of what knows no number, such as a topic: there an event may then be published
twice, which consumers tell by its revision.
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
_NOBODY = ""


class LeaseLost(RuntimeError):
    """Somebody else may hold it now: whatever was done under it must stop."""


@dataclass
class _Held:
    """What its holder knows: every renewal is a revision, `renewed` the time before the last one was written."""

    fence: int
    revision: int
    renewed: float


@dataclass
class _Watch:
    """How long, in the watcher's own time, a lease has been at the same revision."""

    revision: int | None = None
    since: float = 0.0

    def unchanged_seconds(self, revision: int) -> float:
        now = asyncio.get_running_loop().time()
        if revision != self.revision:
            self.revision, self.since = revision, now
        return now - self.since


@dataclass(frozen=True)
class Lease:
    """The right to do what `name` names, for `term` at a time, renewed while it is held.

    A holder of the same `holder` name takes it over at once: it is the same process, started again. `clock` tells
    people when it was renewed and decides nothing.
    """

    documents: DocumentStore
    clock: Clock
    name: str
    holder: str
    term: timedelta = timedelta(seconds=8)

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
        held = await self._acquire()
        renewing = asyncio.ensure_future(self._keep(held))
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
            stored, began = await self.documents.get(LEASES, self.name), asyncio.get_running_loop().time()
            if stored is None or self._is_free(stored) or watch.unchanged_seconds(stored.revision) >= term:
                fence = stored.revision + 1 if stored else 1
                if await self._write(fence, fence, expected=stored.revision if stored else None):
                    return _Held(fence, fence, began)
            await asyncio.sleep(term / 8)

    def _is_free(self, stored: Document) -> bool:
        return _content(stored).get("holder") in (self.holder, _NOBODY)

    async def _keep(self, held: _Held) -> None:
        """Renew for ever; returns when it is lost, or may soon be."""
        loop, term = asyncio.get_running_loop(), self.term.total_seconds()
        while (remaining := held.renewed + term * 2 / 3 - loop.time()) > 0:
            await asyncio.sleep(min(term / 4, remaining))
            with suppress(StoreUnavailable, TimeoutError):
                async with asyncio.timeout_at(held.renewed + term * 2 / 3):
                    if not await self._renew(held):
                        return

    async def _renew(self, held: _Held) -> bool:
        """Write the next revision; False when the lease is another's."""
        began = asyncio.get_running_loop().time()
        if await self._write(held.fence, held.revision + 1, expected=held.revision):
            held.revision, held.renewed = held.revision + 1, began
            return True
        stored = await self.documents.get(LEASES, self.name)
        if stored is None or _content(stored).get("fence") != held.fence:
            return False
        held.revision = stored.revision  # a renewal was written whose answer was lost
        return await self._renew(held)

    async def _release(self, fence: int) -> None:
        with suppress(StoreUnavailable):
            stored = await self.documents.get(LEASES, self.name)
            if stored is not None and _content(stored).get("fence") == fence:
                await self._write(fence, stored.revision + 1, expected=stored.revision, holder=_NOBODY)

    async def _write(self, fence: int, revision: int, *, expected: int | None, holder: str | None = None) -> bool:
        holder = self.holder if holder is None else holder
        body = orjson.dumps({"holder": holder, "fence": fence, "renewed_at": self.clock.now().isoformat()})
        return await self.documents.compare_and_set(LEASES, Document(self.name, revision, body), expected)


def _content(stored: Document) -> dict[str, Any]:
    return orjson.loads(stored.body or b"{}")
