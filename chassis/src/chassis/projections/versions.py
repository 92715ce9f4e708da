"""Read model versions: one is live; one may be building, one may be kept to roll back to. See ADR 13."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeGuard

import structlog
from pydantic import BaseModel, ConfigDict, Field

from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import StoreUnavailable
from chassis.runtime.coalescing import RequestCoalescing

READ_MODEL_VERSIONS = Collection("generations", keys=("name",), indexes=(("name",),))
"""One document per read model. The stored name is that of earlier releases, which may run beside this one."""

MAX_AGE_SECONDS = 1.0
"""Maximum age of the cached state, in seconds."""

PROPAGATION_SECONDS = 1.5
"""Time after which every process has read a change; longer than `MAX_AGE_SECONDS`, because clocks drift."""

_MAX_READ_MODELS = 1000
_MAX_ATTEMPTS = 100
_log = structlog.get_logger()


class ReadModelState(BaseModel):
    """The versions of one read model, by number; version 0 is the one from before any rebuild.

    Events are written to `live`, `building` and `previous`. `newest` is the highest number used so far, `failed` are
    versions that missed an event because their projection raised, `dropping` those whose documents are being deleted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    live: int = 0
    building: int | None = None
    previous: int | None = None
    newest: int = 0
    failed: frozenset[int] = Field(default=frozenset(), alias="spoiled")
    """Stored as `spoiled`, the name in earlier releases."""
    dropping: frozenset[int] = frozenset()

    @property
    def written(self) -> Sequence[int]:
        """The versions that a projector writes, in order: a promoted version is never behind the one before it."""
        return [number for number in (self.building, self.live, self.previous) if self._is_usable(number)]

    @property
    def complete(self) -> Sequence[int]:
        """The versions that hold every document: processes read one of these, also those with an older state."""
        return [number for number in (self.live, self.previous) if self._is_usable(number)]

    def _is_usable(self, number: int | None) -> TypeGuard[int]:
        return number is not None and (number == self.live or number not in self.failed)


NEVER_REBUILT = ReadModelState()


class ReadModelVersions:
    """The versions of all read models, cached in this process for at most `max_age_seconds`."""

    def __init__(self, documents: DocumentStore, max_age_seconds: float = MAX_AGE_SECONDS) -> None:
        self.documents, self.max_age_seconds = documents, max_age_seconds
        self._cached: Mapping[str, ReadModelState] = {}
        self._cached_at = float("-inf")
        self._reads = RequestCoalescing[None]()

    async def state(self, name: str) -> ReadModelState:
        """Return the cached state of a read model. Its age counts from before the read, not from after it.

        Concurrent callers share one read and its failure: in an outage none waits for the timeouts of the others.
        """
        oldest = _monotonic() - self.max_age_seconds
        while self._cached_at <= oldest:
            await self._reads.request(READ_MODEL_VERSIONS.name, self._read_all)
        return self._cached.get(name, NEVER_REBUILT)

    async def stored_state(self, name: str) -> tuple[ReadModelState, int | None]:
        """Return the stored state of a read model and its revision; None when nothing is stored."""
        found = await self.documents.get(READ_MODEL_VERSIONS, name)
        return (_state_of(found), found.revision) if found else (NEVER_REBUILT, None)

    async def change(self, name: str, transition: Callable[[ReadModelState], ReadModelState]) -> ReadModelState:
        """Store the state after a transition, which may raise and may be called more than once."""
        for _ in range(_MAX_ATTEMPTS):
            before, revision = await self.stored_state(name)
            after = transition(before)
            new = 0 if revision is None else revision + 1
            document = Document(name, new, after.model_dump_json(by_alias=True).encode(), {"name": name})
            if await self.documents.compare_and_set(READ_MODEL_VERSIONS, document, revision):
                return after
        raise StoreUnavailable(f"too many concurrent changes of the versions of {name}")

    async def mark_failed(self, name: str, number: int) -> None:
        """Record that a version missed an event: it can't become live (again)."""
        _log.error("read_model_version_failed", read_model=name, version=number, exc_info=True)
        await self.change(name, lambda state: state.model_copy(update={"failed": state.failed | {number}}))

    async def _read_all(self) -> None:
        started = _monotonic()
        found = await self.documents.find(READ_MODEL_VERSIONS, {}, order="name", limit=_MAX_READ_MODELS)
        self._cached, self._cached_at = {document.id: _state_of(document) for document in found}, started


def version_collection(collection: Collection, number: int) -> Collection:
    """Return the collection that holds the documents of a version."""
    return collection if number == 0 else replace(collection, name=f"{collection.name}@{number}")


def _state_of(document: Document) -> ReadModelState:
    return ReadModelState.model_validate_json(document.body or b"{}")


def _monotonic() -> float:
    return asyncio.get_running_loop().time()
