"""The list of files: a read model whose bodies are the entries that the API answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from california_gold_contracts.catalog import FILES as EVENTS
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.files import FileStored
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import EventStore
from chassis.projections.read_model import ProjectEvents

FILES = Collection(
    "files", keys=("owner_id", "bucket", "name"), indexes=(("owner_id", "bucket", "name"), ("owner_id", "name"))
)
_PAGE = 1000


def project(envelopes: Sequence[Envelope]) -> Sequence[Document]:
    """Return the documents after these events. Each event says all, so that none before it is needed."""
    newest = {envelope.subject: envelope for envelope in envelopes if EVENTS.knows(envelope.type)}
    return [_document(envelope) for envelope in newest.values()]


def _document(envelope: Envelope) -> Document:
    event = EVENTS.decode(envelope.type, envelope.data)
    match event:
        case FileStored():
            entry = {"name": event.name, "size": event.size, "last_modified": envelope.time}
            keys = {"owner_id": event.owner_id, "bucket": event.bucket, "name": event.name}
            body = orjson.dumps(entry, option=orjson.OPT_UTC_Z)
            return Document(envelope.subject, envelope.revision, body, keys)
        case _:
            return Document(envelope.subject, envelope.revision, None)


def into(documents: DocumentStore, _: EventStore, collection: Collection) -> ProjectEvents:
    """Return how the list is made anew in a collection."""

    async def put(envelopes: Sequence[Envelope]) -> None:
        await documents.put_newer(collection, project(envelopes))

    return put


@dataclass(frozen=True)
class Listing:
    """What a user has."""

    documents: DocumentStore

    async def update(self, envelopes: Sequence[Envelope]) -> None:
        """Show what happened. The same again, or older, changes nothing."""
        await self.documents.put_newer(FILES, project(envelopes))

    async def entries(self, owner_id: int, bucket: str, prefix: str) -> Sequence[bytes]:
        """Return the entries (JSON) of a bucket whose names begin with `prefix`, in the order of their names."""
        found = await self._all({"owner_id": owner_id, "bucket": bucket})
        bodies = [document.body for document in found if document.body is not None]
        return [body for body in bodies if orjson.loads(body)["name"].startswith(prefix)] if prefix else bodies

    async def of_user(self, owner_id: int) -> Sequence[UUID]:
        """Return the ids of all files of a user."""
        return [UUID(document.id) for document in await self._all({"owner_id": owner_id})]

    async def shows(self, file_id: UUID, revision: int, seconds: float) -> bool:
        """Wait a bounded time until the list shows a revision of a file."""
        return await self.documents.wait_for(FILES, str(file_id), revision, seconds)

    async def _all(self, equal: dict[str, str | int | float | bool | None]) -> Sequence[Document]:
        found: list[Document] = []
        while len(page := await self.documents.find(FILES, equal, order="name", skip=len(found), limit=_PAGE)) == _PAGE:
            found += page
        return [*found, *page]
