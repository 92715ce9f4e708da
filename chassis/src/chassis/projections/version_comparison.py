"""Comparison of two versions of a read model, document by document."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import orjson

from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import START, EventStore
from chassis.projections.differences import differences

_MAX_DIFFERENCES = 1_000
"""Number of differences that are kept; more are counted only."""

_CHECKS = 3
_PAUSE_SECONDS = 1.0
"""Differing documents are compared again: an event may just have been written to one version and not yet to both."""


@dataclass(frozen=True)
class DocumentDifference:
    """A document that differs, and how: names of fields, never their values."""

    id: str
    description: str


@dataclass(frozen=True)
class Comparison:
    """The result of comparing two versions. `differing` counts all differences, `differences` are the first of them."""

    compared: int = 0
    differing: int = 0
    differences: Sequence[DocumentDifference] = ()


async def document_ids(events: EventStore, categories: Sequence[str]) -> AsyncIterator[tuple[Sequence[str], int]]:
    """Yield, page by page, the ids of all documents that may exist, and the position in the log."""
    async for page in events.read_all(START, categories):
        yield [event.stream.partition("-")[2] for event in page if event.revision == 0], page[-1].position


@dataclass(frozen=True)
class VersionComparer:
    """Compares a `new` version of a collection with the `live` one."""

    documents: DocumentStore
    live: Collection
    new: Collection

    async def compare_all(
        self, events: EventStore, categories: Sequence[str], report: Callable[[int, int], None]
    ) -> Comparison:
        """Compare every document; `report` receives the number compared so far and the position in the log."""
        compared, differing, suspects = 0, 0, list[str]()
        async for ids, position in document_ids(events, categories):
            found = await self._differing(ids)
            compared, differing = compared + len(ids), differing + len(found)
            suspects += [difference.id for difference in found[: _MAX_DIFFERENCES - len(suspects)]]
            report(compared, position)
        confirmed = await self._confirmed(suspects)
        return Comparison(compared, differing - len(suspects) + len(confirmed), confirmed)

    async def _confirmed(self, suspects: Sequence[str]) -> Sequence[DocumentDifference]:
        found: Sequence[DocumentDifference] = []
        for check in range(_CHECKS if suspects else 0):
            await asyncio.sleep(_PAUSE_SECONDS if check else 0)
            found = await self._differing(suspects)
            suspects = [difference.id for difference in found]
        return found

    async def _differing(self, ids: Sequence[str]) -> Sequence[DocumentDifference]:
        live = await self.documents.get_many(self.live, ids)
        new = await self.documents.get_many(self.new, ids)
        compared = [(document_id, _difference(live.get(document_id), new.get(document_id))) for document_id in ids]
        return [DocumentDifference(document_id, description) for document_id, description in compared if description]


def _difference(live: Document | None, new: Document | None) -> str | None:
    """Describe the difference; None if there is none. A live document that is behind the new one is no difference."""
    if live is None or (new is not None and live.revision < new.revision):
        return None
    if new is None:
        return "is missing"
    if new.revision < live.revision:
        return f"is at revision {new.revision}, the live one at {live.revision}"
    if live.body == new.body:
        return None
    if live.body is None or new.body is None:
        return "is deleted in one version and not in the other"
    found = differences(orjson.loads(live.body), orjson.loads(new.body))
    return f"differs in {', '.join(difference.path for difference in found) or 'its JSON encoding'}"
