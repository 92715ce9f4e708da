"""Which jobs each user has, and which users are gone: what is needed to delete the jobs of a deleted user."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from chassis.document_store import Collection, Document, DocumentStore

_JOB_OWNERS = Collection("job-owners", keys=("owner_id", "job_id"), indexes=(("owner_id", "job_id"),))
_DELETED_OWNERS = Collection("deleted-job-owners")
_PAGE = 500


@dataclass(frozen=True)
class Owners:
    """A projection of the jobs and users topics, for this service alone."""

    documents: DocumentStore

    async def add_job(self, job_id: UUID, owner_id: int, revision: int) -> None:
        """Note a submitted job."""
        keys = {"owner_id": owner_id, "job_id": str(job_id)}
        await self.documents.put_newer(_JOB_OWNERS, [Document(str(job_id), revision, b"{}", keys)])

    async def remove_job(self, job_id: UUID, revision: int) -> None:
        """Note that a job is deleted, as of a revision of its stream."""
        await self.documents.put_newer(_JOB_OWNERS, [Document(str(job_id), revision, None)])

    async def jobs_of(self, owner_id: int) -> AsyncIterator[UUID]:
        """Yield the jobs of a user. The caller must `remove_job` each before it takes the next."""
        while page := await self.documents.find(_JOB_OWNERS, {"owner_id": owner_id}, order="job_id", limit=_PAGE):
            for document in page:
                yield UUID(document.id)

    async def note_deleted(self, owner_id: int) -> None:
        """Note that a user is gone for ever."""
        await self.documents.put_newer(_DELETED_OWNERS, [Document(str(owner_id), 0, b"{}")])

    async def is_deleted(self, owner_id: int) -> bool:
        """Return whether a user is gone."""
        return await self.documents.get(_DELETED_OWNERS, str(owner_id)) is not None
