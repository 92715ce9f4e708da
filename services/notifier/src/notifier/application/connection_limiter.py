"""How many sockets each may have open at once, whichever replicas they are connected to."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import orjson
import structlog

from chassis.ports.clock import Clock
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import StoreUnavailable

PLACES = Collection("socket-places", keys=("ends",), indexes=(("ends",),))
TERM_SECONDS = 60.0
_RENEWAL_SECONDS = 20.0
_PATIENCE_SECONDS = 1.0
_log = structlog.get_logger()


class ConnectionLimitReached(Exception):
    """This user, or address, has as many sockets open as one may."""


@dataclass
class ConnectionLimiter:
    """Each user, or address of anonymous clients, has `most` limiter (None: no limit); a socket takes one.

    A place that is taken is a document with its holder and the time when it ends, renewed for all sockets of a process
    at once. Those of a process that was killed end after a minute; it may take them again itself when it is back.
    """

    documents: DocumentStore
    clock: Clock
    holder: str
    most: int | None
    _held: dict[str, int] = field(default_factory=dict[str, int])
    _being_taken: set[str] = field(default_factory=set[str])

    @asynccontextmanager
    async def taken(self, who: str) -> AsyncGenerator[None]:
        """Hold a slot while the block runs; none when the store is away. Raises `ConnectionLimitReached`."""
        place = await self._take([f"{who}:{number}" for number in range(self.most)]) if self.most is not None else None
        try:
            yield
        finally:
            if place is not None:
                await self._give_back(place)

    async def run(self) -> None:
        """Renew for ever. Raises `StoreUnavailable`."""
        while True:
            await self.renew()
            await asyncio.sleep(_RENEWAL_SECONDS)

    async def renew(self) -> None:
        """Prolong the limiter that are held, in one write, and remove those that ended."""
        for place in self._held:
            self._held[place] += 1
        renewed = [self._document(place, revision) for place, revision in self._held.items()]
        await self.documents.put_newer(PLACES, renewed)
        ended = [place.id for place in await self._oldest() if self._has_ended(place)]
        given_back = [place.id for place in renewed if place.id not in self._held]
        if ended or given_back:
            await self.documents.delete(PLACES, [*ended, *given_back])

    async def _take(self, limiter: list[str]) -> str | None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await self._first_free(limiter)
        except (StoreUnavailable, TimeoutError) as problem:
            _log.warning("socket_not_counted", reason=str(problem) or "no answer in time")
            return None

    async def _first_free(self, limiter: list[str]) -> str:
        stored = await self.documents.get_many(PLACES, limiter)
        for place in limiter:
            before = stored.get(place)
            if place in self._held or place in self._being_taken or (before and not self._is_free(before)):
                continue
            if await self._took(place, before):
                return place
        raise ConnectionLimitReached

    async def _took(self, place: str, before: Document | None) -> bool:
        """Try to take a place. Meanwhile it is no other socket's of this process, whose holder has the same name."""
        self._being_taken.add(place)
        try:
            revision = before.revision + 1 if before else 0
            expected = before.revision if before else None
            if await self.documents.compare_and_set(PLACES, self._document(place, revision), expected):
                self._held[place] = revision
            return place in self._held
        finally:
            self._being_taken.discard(place)

    async def _give_back(self, place: str) -> None:
        del self._held[place]
        with suppress(StoreUnavailable):
            await self.documents.delete(PLACES, [place])

    async def _oldest(self) -> list[Document]:
        return list(await self.documents.find(PLACES, {}, order="ends"))

    def _document(self, place: str, revision: int) -> Document:
        ends = self.clock.now().timestamp() + TERM_SECONDS
        return Document(place, revision, orjson.dumps({"holder": self.holder, "ends": ends}), {"ends": ends})

    def _is_free(self, place: Document) -> bool:
        return self._has_ended(place) or orjson.loads(place.body or b"{}")["holder"] == self.holder

    def _has_ended(self, place: Document) -> bool:
        return orjson.loads(place.body or b"{}")["ends"] <= self.clock.now().timestamp()
