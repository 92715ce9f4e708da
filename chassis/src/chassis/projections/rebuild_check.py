"""Whether a new generation of a read model is what the live one is."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import orjson

from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import START, EventStore
from chassis.projections.differences import differences

_MOST = 1_000
"""How many differences are kept; more are counted only."""

_LOOKS = 3
_PAUSE_SECONDS = 1.0
"""What differs is looked at again: a moment ago an event may have been on its way into one of the two."""


@dataclass(frozen=True)
class Discrepancy:
    """A document that is not the same in both, and what differs: names of fields, never their values."""

    id: str
    what: str


@dataclass(frozen=True)
class Comparison:
    """How two generations compare. `count` are all that differ, `differences` the first of them."""

    compared: int = 0
    count: int = 0
    differences: Sequence[Discrepancy] = ()


async def subjects(events: EventStore, categories: Sequence[str]) -> AsyncIterator[tuple[Sequence[str], int]]:
    """Yield, page by page, the ids of all documents that there may be, and the position in the log."""
    async for page in events.read_all(START, categories):
        yield [event.stream.partition("-")[2] for event in page if event.revision == 0], page[-1].position


@dataclass(frozen=True)
class Comparing:
    """Compares the generations `live` and `new` of one collection."""

    documents: DocumentStore
    live: Collection
    new: Collection

    async def all(
        self, events: EventStore, categories: Sequence[str], report: Callable[[int, int], None]
    ) -> Comparison:
        """Compare every document; `report` is told how many were, and the position in the log."""
        compared, count, suspects = 0, 0, list[str]()
        async for ids, position in subjects(events, categories):
            found = await self._differing(ids)
            compared, count = compared + len(ids), count + len(found)
            suspects += [one.id for one in found[: _MOST - len(suspects)]]
            report(compared, position)
        confirmed = await self._confirmed(suspects)
        return Comparison(compared, count - len(suspects) + len(confirmed), confirmed)

    async def _confirmed(self, suspects: Sequence[str]) -> Sequence[Discrepancy]:
        found: Sequence[Discrepancy] = []
        for look in range(_LOOKS if suspects else 0):
            await asyncio.sleep(_PAUSE_SECONDS if look else 0)
            found = await self._differing(suspects)
            suspects = [one.id for one in found]
        return found

    async def _differing(self, ids: Sequence[str]) -> Sequence[Discrepancy]:
        live = await self.documents.get_many(self.live, ids)
        new = await self.documents.get_many(self.new, ids)
        whats = [(one, _difference(live.get(one), new.get(one))) for one in ids]
        return [Discrepancy(one, what) for one, what in whats if what]


def _difference(live: Document | None, new: Document | None) -> str | None:
    """Say what differs. A live document that is behind the new one says nothing against the new one."""
    if live is None or (new is not None and live.revision < new.revision):
        return None
    if new is None:
        return "is missing"
    if new.revision < live.revision:
        return f"has come to revision {new.revision}, the live one to {live.revision}"
    if live.body == new.body:
        return None
    if live.body is None or new.body is None:
        return "is deleted in one and not in the other"
    found = differences(orjson.loads(live.body), orjson.loads(new.body))
    return f"differs in {', '.join(one.path for one in found) or 'its form'}"
