"""Announced documents: reads of this process wait for what its own writes lead to, so that the writes need not wait."""

import asyncio
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from chassis.ports.announcements import Announcement
from chassis.ports.document_store import Collection, Document, DocumentStore, Scalar


@dataclass
class AnnouncedDocuments:
    """The documents that are announced and not written yet, by collection and id.

    An announcement ends when a projector of this process writes the document, or when its time is up: then reads show
    what there is, as they do wherever a read model is late.
    """

    _pending: dict[str, dict[str, tuple[Document, float]]] = field(
        default_factory=dict[str, dict[str, tuple[Document, float]]]
    )

    def announce(self, announcement: Announcement) -> None:
        """Let every read that may find the document wait until it is there."""
        now = asyncio.get_running_loop().time()
        pending = self._pending.setdefault(announcement.collection.name, {})
        while pending and pending[oldest := next(iter(pending))][1] <= now:
            del pending[oldest]
        document = announcement.document
        pending.pop(document.id, None)
        pending[document.id] = document, now + announcement.seconds

    def written(self, collection: str, documents: Sequence[Document]) -> None:
        """End the announcements of documents that are written, or newer ones."""
        if pending := self._pending.get(collection):
            for document in documents:
                announced = pending.get(document.id)
                if announced is not None and announced[0].revision <= document.revision:
                    del pending[document.id]

    async def wait_for_ids(self, documents: DocumentStore, collection: Collection, ids: Container[str]) -> None:
        """Wait for the announced documents with these ids."""
        if pending := self._pending.get(collection.name):
            await self._wait(documents, collection, [each for name, each in pending.items() if name in ids])

    async def wait_for_keys(
        self, documents: DocumentStore, collection: Collection, equal: Mapping[str, Scalar]
    ) -> None:
        """Wait for the announced documents whose keys equal the given ones."""
        if pending := self._pending.get(collection.name):
            found = [each for each in pending.values() if equal.items() <= each[0].keys.items()]
            await self._wait(documents, collection, found)

    async def _wait(
        self, documents: DocumentStore, collection: Collection, announced: Sequence[tuple[Document, float]]
    ) -> None:
        for document, until in announced:
            left = max(0.0, until - asyncio.get_running_loop().time())
            await documents.wait_for(collection, document.id, document.revision, left)
            self.written(collection.name, [document])
