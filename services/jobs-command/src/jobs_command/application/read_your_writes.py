"""ReadYourWrites: a command answers with the job as the read model shows it after the command."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import orjson

from california_gold_contracts import catalog, job_view
from california_gold_contracts.job_view import JobView
from chassis.commands.recording import envelope_of
from chassis.commands.text_sealing import TextSealing
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import EventStore, StoredEvent, StoreUnavailable
from jobs_command.application.jobs import JobSnapshot
from jobs_command.domain.errors import JobNotFound

JOBS = Collection(*job_view.JOBS_READ_MODEL)


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
    texts: TextSealing
    read_timeout: timedelta

    async def job(self, snapshot: JobSnapshot) -> Answer:
        """Return the job as `GET /jobs/{id}` shows it. Raises `JobNotFound` for a deleted one."""
        document = await self._from_read_model(snapshot)
        if document is not None and document.body is not None:
            return Answer(document.body, document.revision)
        history = await self.texts.opened(await self.events.read(f"job-{snapshot.job.id}", limit=snapshot.revision + 1))
        return Answer(_folded(history), snapshot.revision)

    async def wait_for(self, job_id: UUID, revision: int) -> bool:
        """Wait until the read model shows a revision of a job; return False on a timeout."""
        return await self.documents.wait_for(JOBS, str(job_id), revision, self.read_timeout.total_seconds())

    async def _from_read_model(self, snapshot: JobSnapshot) -> Document | None:
        # The command has succeeded, also when the read model is unavailable.
        with suppress(StoreUnavailable):
            if await self.wait_for(snapshot.job.id, snapshot.revision):
                return await self.documents.get(JOBS, str(snapshot.job.id))
        return None


def _folded(history: Iterable[StoredEvent]) -> bytes:
    view: JobView | None = None
    for envelope in map(envelope_of, history):
        if catalog.JOBS.knows(envelope.type):
            view = job_view.apply(view, catalog.JOBS.decode(envelope.type, envelope.data), envelope)
    if view is None:
        raise JobNotFound
    return orjson.dumps(view)
