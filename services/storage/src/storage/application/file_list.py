"""FileList: queries of the read model `files`."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from chassis.ports.document_store import Document, DocumentStore
from storage.application.files_projection import FILES

_PAGE = 1000


@dataclass(frozen=True)
class FileList:
    """Reads the list of a user's files."""

    documents: DocumentStore

    async def entries(self, owner_id: int, bucket: str, prefix: str) -> Sequence[bytes]:
        """Return the entries (JSON) of a bucket whose names begin with `prefix`, ordered by name."""
        found = await self._all({"owner_id": owner_id, "bucket": bucket})
        bodies = [document.body for document in found if document.body is not None]
        return [body for body in bodies if orjson.loads(body)["name"].startswith(prefix)] if prefix else bodies

    async def file_ids(self, owner_id: int) -> Sequence[UUID]:
        """Return the ids of all files of a user."""
        return [UUID(document.id) for document in await self._all({"owner_id": owner_id})]

    async def wait_for(self, file_id: UUID, revision: int, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait at most `timeout` seconds until the list shows a revision of a file; return whether it does."""
        return await self.documents.wait_for(FILES, str(file_id), revision, timeout)

    async def _all(self, equal: dict[str, str | int | float | bool | None]) -> Sequence[Document]:
        found: list[Document] = []
        while len(page := await self.documents.find(FILES, equal, order="name", skip=len(found), limit=_PAGE)) == _PAGE:
            found += page
        return [*found, *page]
