"""Limit on the open WebSockets of one client, over all replicas."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic

import orjson
import structlog

from chassis.ports.clock import Clock
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import StoreUnavailable

SLOTS = Collection("socket-places", keys=("ends",), indexes=(("ends",),))
LEASE_SECONDS = 60.0
_RENEWAL_SECONDS = 20.0
_STORE_TIMEOUT_SECONDS = 1.0
_log = structlog.get_logger()


class ConnectionLimitReached(Exception):
    """The client has as many sockets open as it may."""


@dataclass
class ConnectionLimiter:
    """Each client has `max_connections` slots (None: no limit), and each of its sockets holds one.

    A client is a user, or the address of anonymous clients. A slot that is held is a document with its holder; a
    process renews all its leases at once. A slot that this process has seen unchanged for a minute is free: its holder
    was killed. Clocks of hosts are never compared; the stored end of a lease only puts the oldest ones first. The
    holder itself may acquire its slots again as soon as it has restarted.
    """

    documents: DocumentStore
    clock: Clock
    holder: str
    max_connections: int | None
    seconds: Callable[[], float] = monotonic
    _held: dict[str, int] = field(default_factory=dict[str, int])
    _being_acquired: set[str] = field(default_factory=set[str])
    _watched: dict[str, tuple[bytes | None, float]] = field(default_factory=dict[str, tuple[bytes | None, float]])

    @asynccontextmanager
    async def slot(self, client: str) -> AsyncGenerator[None]:
        """Hold a slot while the block runs; none when the store is unavailable. Raises `ConnectionLimitReached`."""
        slot = await self._acquire(client, self.max_connections) if self.max_connections is not None else None
        try:
            yield
        finally:
            if slot is not None:
                await self._release(slot)

    async def run(self) -> None:
        """Renew the leases until cancelled. Raises `StoreUnavailable`."""
        while True:
            await self.renew()
            await asyncio.sleep(_RENEWAL_SECONDS)

    async def renew(self) -> None:
        """Renew the leases of the held slots in one write, and delete those whose lease has ended."""
        for slot in self._held:
            self._held[slot] += 1
        renewed = [self._document(slot, revision) for slot, revision in self._held.items()]
        await self.documents.put_newer(SLOTS, renewed)
        ended = [document.id for document in await self._oldest() if self._is_abandoned(document)]
        released_meanwhile = [document.id for document in renewed if document.id not in self._held]
        if ended or released_meanwhile:
            await self.documents.delete(SLOTS, [*ended, *released_meanwhile])
        recent = self.seconds() - 2 * LEASE_SECONDS
        self._watched = {slot: seen for slot, seen in self._watched.items() if seen[1] > recent}

    async def _acquire(self, client: str, max_connections: int) -> str | None:
        try:
            async with asyncio.timeout(_STORE_TIMEOUT_SECONDS):
                return await self._first_free([f"{client}:{number}" for number in range(max_connections)])
        except (StoreUnavailable, TimeoutError) as problem:
            _log.warning("socket_not_counted", reason=str(problem) or "no answer in time")
            return None

    async def _first_free(self, slots: Sequence[str]) -> str:
        stored = await self.documents.get_many(SLOTS, slots)
        for slot in slots:
            before = stored.get(slot)
            if slot in self._held or slot in self._being_acquired or (before and not self._is_free(before)):
                continue
            if await self._try_to_acquire(slot, before):
                return slot
        raise ConnectionLimitReached

    async def _try_to_acquire(self, slot: str, before: Document | None) -> bool:
        """Acquire a free slot, unless another process is faster. Sockets of this process share a holder's name."""
        self._being_acquired.add(slot)
        try:
            revision = before.revision + 1 if before else 0
            expected = before.revision if before else None
            if await self.documents.compare_and_set(SLOTS, self._document(slot, revision), expected):
                self._held[slot] = revision
            return slot in self._held
        finally:
            self._being_acquired.discard(slot)

    async def _release(self, slot: str) -> None:
        del self._held[slot]
        with suppress(StoreUnavailable):
            await self.documents.delete(SLOTS, [slot])

    async def _oldest(self) -> Sequence[Document]:
        return await self.documents.find(SLOTS, {}, order="ends")

    def _document(self, slot: str, revision: int) -> Document:
        ends = self.clock.now().timestamp() + LEASE_SECONDS
        return Document(slot, revision, orjson.dumps({"holder": self.holder, "ends": ends}), {"ends": ends})

    def _is_free(self, document: Document) -> bool:
        is_own = orjson.loads(document.body or b"{}")["holder"] == self.holder
        return is_own or self._is_abandoned(document)

    def _is_abandoned(self, document: Document) -> bool:
        """Whether this process has seen the slot unchanged for a whole lease, by its own monotonic clock."""
        now = self.seconds()
        body, since = self._watched.get(document.id, (None, now))
        if body != document.body:
            since = now
        self._watched[document.id] = document.body, since
        return now - since >= LEASE_SECONDS
