"""JobsByOwner: the private read model with which the jobs of a deleted user are found."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from uuid import UUID

from california_gold_contracts.jobs import JobSubmitted
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import FIRST

JOB_OWNERS = Collection("job-owners", keys=("owner_id", "job_id"), indexes=(("owner_id", "job_id"),))
_DELETED_OWNERS = Collection("deleted-job-owners")
_PAGE = 500


@dataclass(frozen=True)
class JobsByOwner:
    """The jobs of each user, and the ids of deleted users. Every method raises `StoreUnavailable`."""

    documents: DocumentStore

    async def add(self, submitted: Iterable[JobSubmitted]) -> None:
        """Add submitted jobs, in one write."""
        await self.documents.put_newer(JOB_OWNERS, [_document(job.job_id, job.owner_id) for job in submitted])

    async def remove(self, job_id: UUID, revision: int) -> None:
        """Remove a job that is deleted at a revision of its stream."""
        await self.documents.put_newer(JOB_OWNERS, [Document(str(job_id), revision, None)])

    async def job_ids(self, owner_id: int) -> AsyncIterator[UUID]:
        """Yield the ids of a user's jobs. The caller must `remove` each job before it requests the next one."""
        while page := await self.documents.find(JOB_OWNERS, {"owner_id": owner_id}, order="job_id", limit=_PAGE):
            for document in page:
                yield UUID(document.id)

    async def add_deleted_owner(self, owner_id: int) -> None:
        """Record that a user is deleted."""
        await self.documents.put_newer(_DELETED_OWNERS, [Document(str(owner_id), FIRST, b"{}")])

    async def deleted_owners(self, owner_ids: Iterable[int]) -> frozenset[int]:
        """Return which of these users are deleted, in one read."""
        ids = sorted({str(owner_id) for owner_id in owner_ids})
        return frozenset(map(int, await self.documents.get_many(_DELETED_OWNERS, ids)))


def _document(job_id: UUID, owner_id: int) -> Document:
    return Document(str(job_id), FIRST, b"{}", {"owner_id": owner_id, "job_id": str(job_id)})
