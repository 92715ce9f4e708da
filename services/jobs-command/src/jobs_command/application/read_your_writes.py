"""ReadYourWrites: a command answers with the job as the read model shows it after the command."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.job_body import Job as JobBody
from california_gold_contracts.job_body import JobFailure
from california_gold_contracts.jobs import AnalysisCompleted
from chassis.commands.recording import envelope_of
from chassis.ports.document_store import Document, DocumentStore
from chassis.ports.event_store import EventStore, StoreUnavailable
from chassis.read_models import JOBS
from jobs_command.application.jobs import JobSnapshot
from jobs_command.domain.job import Job


@dataclass(frozen=True)
class Answer:
    """A job as JSON, at a revision of its stream."""

    body: bytes
    revision: int


@dataclass(frozen=True)
class ReadYourWrites:
    """Waits until the read model shows a command's change; after `read_timeout`, answers from the job's stream."""

    documents: DocumentStore
    events: EventStore
    read_timeout: timedelta

    async def job(self, snapshot: JobSnapshot) -> Answer:
        """Return the job as `GET /jobs/{id}` shows it."""
        document = await self._from_read_model(snapshot)
        if document is not None and document.body is not None:
            return Answer(document.body, document.revision)
        history = [envelope_of(event) for event in await self.events.read(f"job-{snapshot.job.id}")]
        return Answer(_body(snapshot.job, history[: snapshot.revision + 1]), snapshot.revision)

    async def wait_for(self, job_id: UUID, revision: int) -> bool:
        """Wait until the read model shows a revision of a job; return False on a timeout."""
        return await self.documents.wait_for(JOBS, str(job_id), revision, self.read_timeout.total_seconds())

    async def _from_read_model(self, snapshot: JobSnapshot) -> Document | None:
        # The command has succeeded, also when the read model is unavailable.
        with suppress(StoreUnavailable):
            if await self.wait_for(snapshot.job.id, snapshot.revision):
                return await self.documents.get(JOBS, str(snapshot.job.id))
        return None


def _body(job: Job, history: Sequence[Envelope]) -> bytes:
    completed = [event.time for event in history if event.type == AnalysisCompleted.wire_type]
    return (
        JobBody(
            id=job.id,
            number=job.number,
            title=job.title,
            description=job.description,
            status=job.status,
            progress=job.progress,
            file_name=job.input.name if job.input else None,
            file_size=job.input.size if job.input else None,
            owner_id=job.owner_id,
            created_at=history[0].time,
            updated_at=history[-1].time if len(history) > 1 else None,
            results_payload=job.results,
            results_parsed_at=completed[-1] if job.results is not None else None,
            failure=JobFailure.model_validate(job.failure) if job.failure else None,
        )
        .model_dump_json()
        .encode()
    )
