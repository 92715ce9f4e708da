"""Limit on the open WebSockets of one client, over all replicas."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic

import structlog

from chassis.ports.clock import Clock
from chassis.ports.document_store import Document, DocumentStore
from chassis.ports.event_store import StoreUnavailable
from notifier.application.slot import SLOTS, Slot, holder_of, longest_waiting_first

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

    When no slot is free, that of the socket that has waited longest for a job that does not exist is taken: at once in
    this process, while another process ends its socket with its next renewal (ADR 48).
    """

    documents: DocumentStore
    clock: Clock
    holder: str
    max_connections: int | None
    seconds: Callable[[], float] = monotonic
    _held: dict[str, Slot] = field(default_factory=dict[str, Slot])
    _being_acquired: set[str] = field(default_factory=set[str])
    _watched: dict[str, tuple[bytes | None, float]] = field(default_factory=dict[str, tuple[bytes | None, float]])

    @asynccontextmanager
    async def slot(self, client: str) -> AsyncGenerator[Slot]:
        """Hold a slot while the block runs; an uncounted one without the store. Raises `ConnectionLimitReached`."""
        slot = await self._acquire(client, self.max_connections) if self.max_connections is not None else Slot()
        try:
            yield slot
        finally:
            await self._release(slot)

    async def wait(self, slot: Slot, give_way: Callable[[], None]) -> None:
        """Let others take the slot, because its job does not exist; `give_way` is called when one does."""
        slot.waits_since, slot.give_way = self.clock.now().timestamp(), give_way
        if slot.id is not None:
            slot.revision += 1
            with self._uncounted_without_store(slot):
                await self.documents.put_newer(SLOTS, [self._document(slot)])

    async def keep(self, slot: Slot) -> bool:
        """Let nobody take the slot any more, because its job exists now. False: another socket has taken it."""
        before, slot.waits_since = slot.revision, None
        if slot.id is not None:
            slot.revision += 1
            with self._uncounted_without_store(slot):
                if not await self.documents.compare_and_set(SLOTS, self._document(slot), before):
                    self._forget(slot)
                    return False
        slot.give_way = None
        return True

    async def run(self) -> None:
        """Renew the leases until cancelled. Raises `StoreUnavailable`."""
        while True:
            await self.renew()
            await asyncio.sleep(_RENEWAL_SECONDS)

    async def renew(self) -> None:
        """Renew the leases of the held slots in one write, and delete those whose lease has ended.

        Slots of sockets that wait for their job are not renewed, because others may take them; those end here.
        """
        await self._end_replaced()
        renewed = [slot for slot in self._held.values() if slot.give_way is None]
        for slot in renewed:
            slot.revision += 1
        await self.documents.put_newer(SLOTS, [self._document(slot) for slot in renewed])
        ended = [document.id for document in await self._oldest() if self._is_abandoned(document)]
        released_meanwhile = [slot.id for slot in renewed if slot.id and slot.id not in self._held]
        if ended or released_meanwhile:
            await self.documents.delete(SLOTS, [*ended, *released_meanwhile])
        recent = self.seconds() - 2 * LEASE_SECONDS
        self._watched = {slot: seen for slot, seen in self._watched.items() if seen[1] > recent}

    async def _end_replaced(self) -> None:
        """End the waiting sockets whose slot another process has taken."""
        waiting = [name for name, slot in self._held.items() if slot.give_way is not None]
        stored = await self.documents.get_many(SLOTS, waiting) if waiting else dict[str, Document]()
        for name in waiting:
            slot, document = self._held.get(name), stored.get(name)
            if slot and slot.give_way and (document is None or holder_of(document) != self.holder):
                slot.give_way()

    async def _acquire(self, client: str, max_connections: int) -> Slot:
        try:
            async with asyncio.timeout(_STORE_TIMEOUT_SECONDS):
                return await self._first_available([f"{client}:{number}" for number in range(max_connections)])
        except (StoreUnavailable, TimeoutError) as problem:
            _log.warning("socket_not_counted", reason=str(problem) or "no answer in time")
            return Slot()

    async def _first_available(self, slots: Sequence[str]) -> Slot:
        stored = await self.documents.get_many(SLOTS, slots)
        free = [slot for slot in slots if slot not in self._held and self._is_free(stored.get(slot))]
        for name in (*free, *longest_waiting_first(stored.values())):
            if name not in self._being_acquired and (slot := await self._try_to_acquire(name, stored.get(name))):
                return slot
        raise ConnectionLimitReached

    async def _try_to_acquire(self, name: str, before: Document | None) -> Slot | None:
        """Acquire a slot, unless another process is faster. Sockets of this process share a holder's name."""
        self._being_acquired.add(name)
        try:
            slot = Slot(name, before.revision + 1 if before else 0)
            expected = before.revision if before else None
            if not await self.documents.compare_and_set(SLOTS, self._document(slot), expected):
                return None
            replaced, self._held[name] = self._held.get(name), slot
            if replaced is not None and replaced.give_way is not None:
                replaced.give_way()
            return slot
        finally:
            self._being_acquired.discard(name)

    async def _release(self, slot: Slot) -> None:
        name = slot.id
        if name is None or self._held.get(name) is not slot:
            return
        # Others may take the slot of a waiting socket: what they have taken is not deleted.
        is_own = slot.give_way is None or await self.keep(slot)
        self._forget(slot)
        if is_own:
            with suppress(StoreUnavailable):
                await self.documents.delete(SLOTS, [name])

    async def _oldest(self) -> Sequence[Document]:
        return await self.documents.find(SLOTS, {}, order="ends")

    def _document(self, slot: Slot) -> Document:
        return slot.document(self.holder, self.clock.now().timestamp() + LEASE_SECONDS)

    def _is_free(self, document: Document | None) -> bool:
        return document is None or holder_of(document) == self.holder or self._is_abandoned(document)

    @contextmanager
    def _uncounted_without_store(self, slot: Slot) -> Generator[None]:
        """Give a slot up when the store is away: unmarked, it would keep the next socket out."""
        try:
            yield
        except StoreUnavailable as problem:
            _log.warning("socket_not_counted", reason=str(problem))
            self._forget(slot)

    def _forget(self, slot: Slot) -> None:
        if slot.id is not None and self._held.get(slot.id) is slot:
            del self._held[slot.id]
        slot.id = None

    def _is_abandoned(self, document: Document) -> bool:
        """Whether this process has seen the slot unchanged for a whole lease, by its own monotonic clock."""
        now = self.seconds()
        body, since = self._watched.get(document.id, (None, now))
        if body != document.body:
            since = now
        self._watched[document.id] = document.body, since
        return now - since >= LEASE_SECONDS
