"""Which jobs each user has, and which users are gone: what is needed to delete the jobs of a deleted user."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from uuid import UUID

from california_gold_contracts.jobs import JobSubmitted
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import FIRST

_JOB_OWNERS = Collection("job-owners", keys=("owner_id", "job_id"), indexes=(("owner_id", "job_id"),))
_DELETED_OWNERS = Collection("deleted-job-owners")
_PAGE = 500


@dataclass(frozen=True)
class Owners:
    """A projection of the jobs and users topics, for this service alone."""

    documents: DocumentStore

    async def add_jobs(self, submitted: Iterable[JobSubmitted]) -> None:
        """Note submitted jobs: one write for all of them."""
        await self.documents.put_newer(_JOB_OWNERS, [_document(job.job_id, job.owner_id) for job in submitted])

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
        await self.documents.put_newer(_DELETED_OWNERS, [Document(str(owner_id), FIRST, b"{}")])

    async def deleted_among(self, owner_ids: Iterable[int]) -> frozenset[int]:
        """Return which of some users are gone: one read for all of them."""
        asked = sorted({str(owner_id) for owner_id in owner_ids})
        return frozenset(map(int, await self.documents.get_many(_DELETED_OWNERS, asked)))


def _document(job_id: UUID, owner_id: int) -> Document:
    return Document(str(job_id), FIRST, b"{}", {"owner_id": owner_id, "job_id": str(job_id)})
