"""Queries about jobs for their owner: other users' jobs are not found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast
from uuid import UUID

import orjson

from california_gold_contracts.jobs import Artifact, JobInput
from chassis.ports.document_store import Document, DocumentStore
from chassis.projections.projector import View
from jobs_query.domain.errors import JobNotFound, RevisionNotReached
from jobs_query.projections.job import JOBS
from jobs_query.projections.job_files import JobFilesProjection


@dataclass(frozen=True)
class JobQuery:
    """Asks for a job by UUID or number, with `min_revision` not at an older revision than that."""

    reference: UUID | int
    user_id: int
    min_revision: int | None = None


@dataclass(frozen=True)
class JobDocument:
    """The read model of a job at a revision of its stream: `body` is its JSON, `view` the same, parsed."""

    body: bytes = field(repr=False)
    revision: int
    view: View = field(repr=False)

    @property
    def id(self) -> str:
        """The UUID of the job."""
        return cast("str", self.view["id"])

    @property
    def number(self) -> int:
        """The number of the job."""
        return cast("int", self.view["number"])


@dataclass(frozen=True)
class JobFiles:
    """Object keys of a job's input and of the outputs of its latest attempt."""

    input: JobInput | None = None
    artifacts: tuple[Artifact, ...] = ()


@dataclass(frozen=True)
class Jobs:
    """The read models of jobs."""

    documents: DocumentStore
    read_timeout: timedelta

    async def list(self, user_id: int, skip: int, limit: int) -> bytes:
        """Return a page of a user's jobs, newest first, as JSON."""
        return await self.documents.find_as_json(JOBS, {"owner_id": user_id}, order="-number", skip=skip, limit=limit)

    async def find(self, query: JobQuery) -> JobDocument:
        """Return a job. Raises `JobNotFound` and `RevisionNotReached`."""
        document = await self._document(query.reference, query.min_revision)
        if document is None or document.body is None:
            raise JobNotFound
        view: View = orjson.loads(document.body)
        if view["owner_id"] != query.user_id:
            raise JobNotFound
        if document.revision < (query.min_revision or 0):
            raise RevisionNotReached
        return JobDocument(document.body, document.revision, view)

    async def files(self, job: JobDocument) -> JobFiles:
        """Return the files of a job."""
        document = await self.documents.get(JobFilesProjection.collection, job.id)
        if document is None or document.body is None:
            return JobFiles()
        view = cast("Mapping[str, object]", orjson.loads(document.body))
        artifacts = cast("list[object]", view["artifacts"])
        return JobFiles(
            JobInput.model_validate(view["input"]) if view["input"] else None,
            tuple(Artifact.model_validate(artifact) for artifact in artifacts),
        )

    async def _document(self, reference: UUID | int, min_revision: int | None) -> Document | None:
        job_id = str(reference) if isinstance(reference, UUID) else await self._id_of(reference)
        if job_id is None:
            return None
        if min_revision is not None:
            await self.documents.wait_for(JOBS, job_id, min_revision, self.read_timeout.total_seconds())
        return await self.documents.get(JOBS, job_id)

    async def _id_of(self, number: int) -> str | None:
        found = await self.documents.find(JOBS, {"number": number}, order="owner_id", limit=1)
        return found[0].id if found else None
