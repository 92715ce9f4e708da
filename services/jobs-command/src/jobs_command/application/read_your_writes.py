"""ReadYourWrites: a command answers with the job as the read model shows it after the command.

Where this process serves the reads too, it answers at once, and the next read waits for the read model (ADR 50).
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import orjson

from california_gold_contracts import catalog, job_view
from california_gold_contracts.job_view import JobView
from chassis.commands.lru_cache import LruCache
from chassis.commands.recording import envelope_of
from chassis.commands.text_sealing import TextSealing
from chassis.ports.announcements import Announcement, Announcements
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import NO_STREAM, EventStore, StoredEvent, StoreUnavailable
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
    """Waits until the read model shows a command's change; after `read_timeout`, answers from the job's stream.

    With `announcements`, the answer follows from the job as it was answered or shown before, and the command's events.
    """

    documents: DocumentStore
    events: EventStore
    texts: TextSealing
    read_timeout: timedelta
    announcements: Announcements | None = None
    _answered: LruCache[tuple[int, JobView]] = field(
        init=False, repr=False, compare=False, default_factory=LruCache[tuple[int, JobView]]
    )

    async def job(self, snapshot: JobSnapshot) -> Answer:
        """Return the job as `GET /jobs/{id}` shows it. Raises `JobNotFound` for a deleted one."""
        if self.announcements is not None and (changed := await self._changed(snapshot)):
            self._announce(self.announcements, snapshot)
            return changed
        document = await self._from_read_model(snapshot)
        if document is not None and document.body is not None:
            return Answer(document.body, document.revision)
        history = await self.texts.opened(await self.events.read(f"job-{snapshot.job.id}", limit=snapshot.revision + 1))
        return Answer(_folded(history), snapshot.revision)

    async def wait_for(self, snapshot: JobSnapshot) -> None:
        """Wait until the read model shows a job's revision, or let reads wait for it. Raises `StoreUnavailable`."""
        if self.announcements is not None:
            self._announce(self.announcements, snapshot)
        else:
            await self._shown(snapshot)

    async def _changed(self, snapshot: JobSnapshot) -> Answer | None:
        """Return the job after the command's events; None when it is not known here how it was before them."""
        if snapshot.recorded_at is None or not snapshot.events:
            return None
        name, before = str(snapshot.job.id), snapshot.revision - len(snapshot.events)
        known = self._answered.pop(name) or (NO_STREAM, None)
        revision, view = known if known[0] == before else await self._shown_before(name)
        if revision != before:
            return None
        for event in snapshot.events:
            view = job_view.apply_at(view, event, snapshot.recorded_at)
        if view is None:
            return None
        body = orjson.dumps(view)
        self._answered.put(name, (snapshot.revision, view), len(body))
        return Answer(body, snapshot.revision)

    async def _shown_before(self, job_id: str) -> tuple[int, JobView | None]:
        with suppress(StoreUnavailable):
            document = await self.documents.get(JOBS, job_id)
            if document is not None and document.body is not None:
                return document.revision, orjson.loads(document.body)
        return NO_STREAM, None

    def _announce(self, announcements: Announcements, snapshot: JobSnapshot) -> None:
        job = snapshot.job
        document = Document(str(job.id), snapshot.revision, None, {"owner_id": job.owner_id, "number": job.number})
        announcements.announce(Announcement(JOBS, document, self.read_timeout.total_seconds()))

    async def _from_read_model(self, snapshot: JobSnapshot) -> Document | None:
        # The command has succeeded, also when the read model is unavailable.
        with suppress(StoreUnavailable):
            if await self._shown(snapshot):
                return await self.documents.get(JOBS, str(snapshot.job.id))
        return None

    async def _shown(self, snapshot: JobSnapshot) -> bool:
        seconds = self.read_timeout.total_seconds()
        return await self.documents.wait_for(JOBS, str(snapshot.job.id), snapshot.revision, seconds)


def _folded(history: Iterable[StoredEvent]) -> bytes:
    view: JobView | None = None
    for envelope in map(envelope_of, history):
        if catalog.JOBS.knows(envelope.type):
            view = job_view.apply(view, catalog.JOBS.read(envelope), envelope)
    if view is None:
        raise JobNotFound
    return orjson.dumps(view)
