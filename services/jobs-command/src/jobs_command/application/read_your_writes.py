"""What a command answers: what a read would show, waiting for it a moment."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import orjson

from california_gold_contracts import catalog, job_view
from california_gold_contracts.job_view import JobView
from chassis.commands.recording import envelope_of
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import EventStore, StoredEvent, StoreUnavailable
from jobs_command.application.jobs import JobSnapshot
from jobs_command.domain.errors import JobNotFound

JOBS = Collection(*job_view.JOBS_READ_MODEL)


@dataclass(frozen=True)
class Answer:
    """A job as JSON, and the revision of its stream that this is."""

    body: bytes
    revision: int


@dataclass(frozen=True)
class ReadYourWrites:
    """Answers a command from the read model once it shows the change; on a timeout, from the stream of the job."""

    documents: DocumentStore
    events: EventStore
    read_timeout: timedelta

    async def job(self, snapshot: JobSnapshot) -> Answer:
        """Return the job as `GET /jobs/{id}` shows it. Raises `JobNotFound` for a deleted one."""
        shown = await self._shown(snapshot)
        if shown is not None and shown.body is not None:
            return Answer(shown.body, shown.revision)
        history = await self.events.read(f"job-{snapshot.job.id}", limit=snapshot.revision + 1)
        return Answer(_folded(history), snapshot.revision)

    async def reached(self, job_id: UUID, revision: int) -> bool:
        """Wait until reads show a revision; False when they do not in time."""
        return await self.documents.wait_for(JOBS, str(job_id), revision, self.read_timeout.total_seconds())

    async def _shown(self, snapshot: JobSnapshot) -> Document | None:
        # Without the read side a command has happened all the same.
        with suppress(StoreUnavailable):
            if await self.reached(snapshot.job.id, snapshot.revision):
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
