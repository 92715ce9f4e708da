"""The read model `files`: its bodies are the entries of the list that the API answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from california_gold_contracts import catalog
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.files import FileStored
from chassis.commands.text_sealing import TextSealing
from chassis.ports.document_store import Collection, Document, DocumentStore, Scalar
from chassis.ports.event_store import EventStore
from chassis.projections.read_model import ProjectEvents

FILES = Collection(
    "files", keys=("owner_id", "bucket", "name"), indexes=(("owner_id", "bucket", "name"), ("owner_id", "name"))
)


@dataclass(frozen=True)
class FilesProjection:
    """Projects the events of files into a collection.

    Each event determines the whole document, so that, unlike a `Projector`, it reads no earlier document or event.
    """

    documents: DocumentStore
    texts: TextSealing
    collection: Collection = FILES
    catalog = catalog.FILES

    async def project(self, envelopes: Sequence[Envelope]) -> None:
        """Write the documents after these events, in one write. Repeated and older events change nothing."""
        newest = {envelope.subject: envelope for envelope in envelopes if self.catalog.knows(envelope.type)}
        opened = await self.texts.opened(list(newest.values()))
        await self.documents.put_newer(self.collection, [self._document(envelope) for envelope in opened])

    def apply(self, event: Event, envelope: Envelope) -> bytes | None:
        """Return the document's body after an event; None when the file is deleted."""
        if not isinstance(event, FileStored):
            return None
        entry = {"name": event.name, "size": event.size, "last_modified": envelope.time}
        return orjson.dumps(entry, option=orjson.OPT_UTC_Z)

    def keys(self, event: Event) -> Mapping[str, Scalar]:
        """Return the keys that the list selects and orders by."""
        if not isinstance(event, FileStored):
            return {}
        return {"owner_id": event.owner_id, "bucket": event.bucket, "name": event.name}

    def _document(self, envelope: Envelope) -> Document:
        event = self.catalog.read(envelope)
        return Document(envelope.subject, envelope.revision, self.apply(event, envelope), self.keys(event))


def files_projector(
    documents: DocumentStore, _: EventStore, texts: TextSealing, collection: Collection
) -> ProjectEvents:
    """Return the function that projects events into a given collection, as a rebuild needs it."""
    return FilesProjection(documents, texts, collection).project
