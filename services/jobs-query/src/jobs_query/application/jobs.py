"""Queries about jobs for their owner: other users' jobs are not found."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast
from uuid import UUID

import orjson

from california_gold_contracts.jobs import Artifact, JobInput
from chassis.ports.document_store import Document, DocumentStore
from chassis.projections.projector import View
from jobs_query.application.job_filter import JobFilter, head_of
from jobs_query.domain.errors import JobNotFound, RevisionNotReached
from jobs_query.projections.job import JOBS
from jobs_query.projections.job_files import JobFilesProjection

_ABOVE_EVERY_NUMBER = 2**63
_PAGE_JOBS = 200
"""Jobs that a filtered list reads at once: up to 4 MB of results, and a millisecond of parsing."""


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

    async def list(self, user_id: int, skip: int, limit: int, selection: JobFilter) -> bytes:
        """Return a page of the selected jobs of a user, newest first, as JSON."""
        owned = {"owner_id": user_id}
        if selection.selects_all:
            return await self.documents.find_as_json(JOBS, owned, order="-number", skip=skip, limit=limit)
        page: list[bytes] = []
        async with aclosing(self._selected(user_id, selection)) as selected:
            async for body in selected:
                skip -= 1
                if skip < 0:
                    page.append(body)
                if len(page) == limit:
                    break
        return b"[" + b",".join(page) + b"]"

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

    async def _selected(self, user_id: int, selection: JobFilter) -> AsyncGenerator[bytes]:
        """Yield the bodies of a user's selected jobs, newest first. It reads the user's jobs until its caller stops."""
        newest, read = _ABOVE_EVERY_NUMBER, 0
        while found := await self.documents.find(
            JOBS, {"owner_id": user_id}, order="-number", skip=read, limit=_PAGE_JOBS
        ):
            for document in found:
                body = document.body or b"{}"
                job = head_of(body)
                number = cast("int", job["number"])
                # A job that is submitted meanwhile moves the others on: none comes twice.
                if number < newest and selection.selects(job):
                    yield body
                newest = min(newest, number)
            read += len(found)

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
