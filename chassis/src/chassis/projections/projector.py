"""Projector: turns events into documents, in bulk, idempotently by revision; gaps are filled from the event store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Protocol

import orjson
import structlog
from pydantic import JsonValue

from california_gold_contracts.catalog import Catalog
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from chassis.commands.lru_cache import LruCache
from chassis.commands.recording import envelope_of
from chassis.commands.text_sealing import TextSealing
from chassis.ports.document_store import Collection, Document, DocumentStore, Scalar
from chassis.ports.event_store import FIRST, NO_STREAM, EventStore
from chassis.projections.changes import Changes, write
from chassis.projections.live_documents import Target, targets

View = dict[str, JsonValue]
_log = structlog.get_logger()


class Projection(Protocol):
    """A read model as pure functions. Each stream has one document, whose id is the subject of its events."""

    collection: Collection
    catalog: Catalog

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        """Return the document after an event; None when it is deleted. The given view is not modified."""
        ...

    def keys(self, view: View) -> Mapping[str, Scalar]:
        """Return the indexed fields that queries filter and sort by."""
        ...


@dataclass(frozen=True)
class Projector:
    """Keeps the documents of one projection up to date. Idempotent: duplicate and older events change nothing.

    Missing events are read from `store`; it is None where all events arrive in order. `texts` opens the texts of users
    in the events; it is None where a projection shows none.
    """

    projection: Projection
    documents: DocumentStore
    store: EventStore | None = field(repr=False)
    texts: TextSealing | None = None
    _cache: LruCache[Document] = field(init=False, repr=False, compare=False, default_factory=LruCache[Document])

    async def project(self, envelopes: Sequence[Envelope]) -> None:
        """Apply events to their documents: at most one read and one write per version of the read model.

        Each version is projected from its own documents. A stream's first event needs no stored document; a newer
        stored one is not overwritten. Documents written recently are cached: they follow from their events alone, so
        that later events can be applied to them, even if another process has written a newer one meanwhile.
        """
        await write(await self.changes(envelopes))

    async def changes(self, envelopes: Sequence[Envelope]) -> Sequence[Changes]:
        """Return what these events change in each version, to be written with the changes of other read models."""
        by_subject = _grouped(await self._opened(envelopes))
        continued = [subject for subject, events in by_subject.items() if events[0].revision > FIRST]
        found: list[Changes] = []
        for target in await targets(self.documents, self.projection.collection):
            async with target.isolate_failures():
                present = await self._load(target, continued)
                unseen = await self._unseen(by_subject, present)
                changed = [self._document(stored, events) for stored, events in unseen]
                found.append(Changes(target, changed, partial(self._remember, target, present, changed)))
        return found

    async def unseen(self, envelopes: Sequence[Envelope]) -> Sequence[tuple[Document | None, Sequence[Envelope]]]:
        """Return, for each subject with new events, its document and the events not yet applied to it, in order.

        Missing events in between are included; there may be newer events by now.
        """
        by_subject = _grouped(await self._opened(envelopes))
        present = await self.documents.get_many(self.projection.collection, list(by_subject))
        return await self._unseen(by_subject, present)

    def _remember(self, target: Target, present: Mapping[str, Document], changed: Sequence[Document]) -> None:
        for document in {**present, **{document.id: document for document in changed}}.values():
            self._cache.put(_cache_key(target, document.id), document, len(document.body or b""))

    async def _load(self, target: Target, subjects: Sequence[str]) -> Mapping[str, Document]:
        cached = [document for subject in subjects if (document := self._cache.pop(_cache_key(target, subject)))]
        present = {document.id: document for document in cached}
        if missing := [subject for subject in subjects if subject not in present]:
            present |= await target.documents.get_many(target.collection, missing)
        return present

    async def _unseen(
        self, by_subject: Mapping[str, list[Envelope]], present: Mapping[str, Document]
    ) -> Sequence[tuple[Document | None, Sequence[Envelope]]]:
        found = [(present.get(subject), events) for subject, events in by_subject.items()]
        with_newer = [(stored, await self._newer(stored, events)) for stored, events in found]
        return [(stored, events) for stored, events in with_newer if events]

    async def _newer(self, stored: Document | None, events: list[Envelope]) -> list[Envelope]:
        revision = stored.revision if stored else NO_STREAM
        newer = [event for event in events if event.revision > revision]
        return await self._from_store(newer[0].stream, revision) if newer and _has_gap(newer, revision) else newer

    def _document(self, stored: Document | None, unseen: Sequence[Envelope]) -> Document:
        subject, revision = unseen[-1].subject, unseen[-1].revision
        view: View | None = orjson.loads(stored.body) if stored and stored.body else None
        for envelope in unseen:
            view = self._apply(view, envelope)
        if view is None:
            return Document(subject, revision, None)
        return Document(subject, revision, orjson.dumps(view), self.projection.keys(view))

    def _apply(self, view: View | None, envelope: Envelope) -> View | None:
        if not self.projection.catalog.knows(envelope.type):
            _log.warning("event_not_understood", type=envelope.type, subject=envelope.subject)
            return view
        event = self.projection.catalog.read(envelope)
        return self.projection.apply(view, event, envelope)

    async def _from_store(self, stream: str, revision: int) -> list[Envelope]:
        events = await self.store.read(stream, after=revision) if self.store else ()
        if not events:
            raise ValueError(f"{stream}: events after revision {revision} are missing")
        return list(await self._opened([envelope_of(event) for event in events]))

    async def _opened(self, envelopes: Sequence[Envelope]) -> Sequence[Envelope]:
        return await self.texts.opened(envelopes) if self.texts else envelopes


def _cache_key(target: Target, document_id: str) -> str:
    return f"{target.collection.name}/{document_id}"


def _grouped(envelopes: Sequence[Envelope]) -> dict[str, list[Envelope]]:
    grouped: dict[str, list[Envelope]] = {}
    for envelope in envelopes:
        grouped.setdefault(envelope.subject, []).append(envelope)
    return {subject: _ordered(events) for subject, events in grouped.items()}


def _ordered(events: list[Envelope]) -> list[Envelope]:
    by_revision = sorted(events, key=lambda event: event.revision)
    return [next(same) for _, same in groupby(by_revision, key=lambda event: event.revision)]


def _has_gap(newer: list[Envelope], revision: int) -> bool:
    return newer[-1].revision - revision != len(newer)
