"""Generations of a read model: one is live; one may be in the making, one be kept to go back to. See ADR 13."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeGuard

import structlog
from pydantic import BaseModel, ConfigDict

from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import StoreUnavailable

GENERATIONS = Collection("generations", keys=("name",), indexes=(("name",),))
FRESH_SECONDS = 1.0
"""How old may be what a process knows of the generations when it begins to write or to read."""

KNOWN_TO_ALL_SECONDS = 1.5
"""After so long every process knows of a change; more than the above, because clocks do not run alike."""

_MOST = 1000
_TRIES = 100
_log = structlog.get_logger()


class ReadModelState(BaseModel):
    """The generations of one read model, by number; 0 is the one that was there before any rebuild.

    `building` and `previous` are written beside `live`. `newest` is the highest number ever given, `spoiled` are those
    that missed an event because their own code failed, `dropping` those whose documents are being deleted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    live: int = 0
    building: int | None = None
    previous: int | None = None
    newest: int = 0
    spoiled: frozenset[int] = frozenset()
    dropping: frozenset[int] = frozenset()

    @property
    def written(self) -> Sequence[int]:
        """All that a projector writes, in the order that lets nobody who waits find a generation behind."""
        return [number for number in (self.building, self.live, self.previous) if self._is_kept(number)]

    @property
    def complete(self) -> Sequence[int]:
        """Those that hold every document: what is read from, now or by whoever does not know of a change yet."""
        return [number for number in (self.live, self.previous) if self._is_kept(number)]

    def _is_kept(self, number: int | None) -> TypeGuard[int]:
        return number is not None and (number == self.live or number not in self.spoiled)


FIRST = ReadModelState()


class Generations:
    """Which generations there are, known to this process as of a second ago at most."""

    def __init__(self, documents: DocumentStore, fresh_seconds: float = FRESH_SECONDS) -> None:
        self.documents, self.fresh_seconds = documents, fresh_seconds
        self._known: Mapping[str, ReadModelState] = {}
        self._known_at = float("-inf")
        self._reading = asyncio.Lock()

    async def state(self, name: str) -> ReadModelState:
        """Return how a read model stands. Its age counts from before it was read, not from after."""
        if self._is_old():
            async with self._reading:
                if self._is_old():
                    now = _monotonic()
                    self._known, self._known_at = await self._all(), now
        return self._known.get(name, FIRST)

    async def present(self, name: str) -> tuple[ReadModelState, int | None]:
        """Return how a read model stands now, and the revision of that knowledge."""
        found = await self.documents.get(GENERATIONS, name)
        return (_state_of(found), found.revision) if found else (FIRST, None)

    async def change(self, name: str, how: Callable[[ReadModelState], ReadModelState]) -> ReadModelState:
        """Change how a read model stands, at once for all who read it anew. `how` may raise, and may be asked again."""
        for _ in range(_TRIES):
            before, revision = await self.present(name)
            after = how(before)
            new = 0 if revision is None else revision + 1
            document = Document(name, new, after.model_dump_json().encode(), {"name": name})
            if await self.documents.compare_and_set(GENERATIONS, document, revision):
                return after
        raise StoreUnavailable(f"the generations of {name} are changed by too many at once")

    async def spoil(self, name: str, number: int) -> None:
        """Note that a generation missed an event: it must not go live (again)."""
        _log.error("generation_spoiled", read_model=name, generation=number, exc_info=True)
        await self.change(name, lambda now: now.model_copy(update={"spoiled": now.spoiled | {number}}))

    async def _all(self) -> Mapping[str, ReadModelState]:
        found = await self.documents.find(GENERATIONS, {}, order="name", limit=_MOST)
        return {document.id: _state_of(document) for document in found}

    def _is_old(self) -> bool:
        return _monotonic() >= self._known_at + self.fresh_seconds


def generation(collection: Collection, number: int) -> Collection:
    """Return the collection that holds a generation's documents."""
    return collection if number == 0 else replace(collection, name=f"{collection.name}@{number}")


def _state_of(document: Document) -> ReadModelState:
    return ReadModelState.model_validate_json(document.body or b"{}")


def _monotonic() -> float:
    return asyncio.get_running_loop().time()
