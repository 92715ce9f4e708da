"""Event handlers: the analyzer's events become commands of jobs; deletions of accounts and jobs are carried through.

Nothing is deleted or opened on the word of a topic alone (ADR 38).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from california_gold_contracts import catalog, jobs, users
from california_gold_contracts.analysis import AnalysisCompleted
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.job_objects import OUTPUTS, job_of
from california_gold_contracts.jobs import Artifact
from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext, caused_by, command_id
from chassis.messaging.confirmation import Confirmation, unconfirmed
from chassis.ports.event_store import FIRST
from jobs_command.application.job_objects import JobObjects
from jobs_command.application.jobs_by_owner import JobsByOwner
from jobs_command.domain.commands import AnalysisEvent, Command, DeleteWithOwner
from jobs_command.domain.job import Job

_log = structlog.get_logger()


@dataclass(frozen=True)
class AnalysisEventHandler:
    """Handles the analyzer's events as commands of their jobs."""

    aggregates: Aggregates[Job | None, Command]
    objects: JobObjects

    async def handle(self, envelopes: Sequence[Envelope]) -> None:
        """Handle events of the topic `california-gold.analysis`."""
        for envelope in envelopes:
            if not catalog.ANALYSIS.knows(envelope.type):
                _log.info("event_ignored", type=envelope.type)
                continue
            event = catalog.ANALYSIS.read(envelope)
            if isinstance(event, AnalysisEvent):
                await self._refuse_objects_of_others(event, envelope)
                await self._handle(event, _context(envelope, event.job_id))

    async def _refuse_objects_of_others(self, event: AnalysisEvent, envelope: Envelope) -> None:
        """Raise `UnconfirmedEvent` for artifacts that are not outputs of this job, or of another job of its owner."""
        keys = [artifact.object_key for artifact in _artifacts(event)]
        folders = {job_of(key) if key.startswith(OUTPUTS) else None for key in keys} - {event.job_id}
        if folders:
            owner = await self._owner(event.job_id)
            if owner is None or any([owner != await self._owner(job_id) for job_id in folders]):
                raise unconfirmed(envelope)

    async def _owner(self, job_id: UUID | None) -> int | None:
        job = (await self.aggregates.load(job_id)).state if job_id else None
        return job.owner_id if job else None

    async def _handle(self, event: AnalysisEvent, context: CommandContext) -> None:
        job = (await self.aggregates.handle(event.job_id, event, context)).state
        if job is None or job.deleted:
            await self.objects.delete_outputs(event.job_id)
        elif isinstance(event, AnalysisCompleted) and 1 < event.attempt == job.attempt:
            await self.objects.delete_replaced_outputs(job.id, job.attempt, job.object_keys)


@dataclass(frozen=True)
class DeletionProcess:
    """Process manager of deletions: a deleted user's jobs are deleted, and a deleted job's objects.

    Both sides of a race write before they read: `JobSubmitted` the job, `UserDeleted` the deleted owner. So a job
    that is submitted while its owner is deleted is seen, and deleted, by at least one of them.
    """

    aggregates: Aggregates[Job | None, Command]
    jobs_by_owner: JobsByOwner
    objects: JobObjects
    confirmation: Confirmation

    async def handle(self, envelopes: Sequence[Envelope]) -> None:
        """Handle events of the topics `california-gold.users` and `california-gold.jobs`."""
        known = [envelope for envelope in envelopes if catalog.CATALOG.knows(envelope.type)]
        decoded = [(catalog.CATALOG.read(envelope), envelope) for envelope in known]
        await self._on_submitted(
            [(event, envelope) for event, envelope in decoded if isinstance(event, jobs.JobSubmitted)]
        )
        for event, envelope in decoded:
            await self._on_deleted(event, envelope)

    async def _on_submitted(self, submitted: Sequence[tuple[jobs.JobSubmitted, Envelope]]) -> None:
        if submitted:
            await self.jobs_by_owner.add(event for event, _ in submitted)
            deleted = await self.jobs_by_owner.deleted_owners(event.owner_id for event, _ in submitted)
            for event, envelope in submitted:
                if event.owner_id in deleted:
                    await self._delete(event.job_id, event.owner_id, envelope)

    async def _on_deleted(self, event: Event, envelope: Envelope) -> None:
        match event:
            case users.UserDeleted(user_id=user_id):
                await self.confirmation.confirm(envelope, f"user-{user_id}")
                await self.jobs_by_owner.add_deleted_owner(user_id)
                async for job_id in self.jobs_by_owner.job_ids(user_id):
                    await self._delete(job_id, user_id, envelope)
            case jobs.JobDeleted(job_id=job_id):
                await self._delete_objects(job_id, envelope)
                await self.jobs_by_owner.remove(job_id, envelope.revision)
            case _:
                pass

    async def _delete(self, job_id: UUID, owner_id: int, envelope: Envelope) -> None:
        # The job itself knows its owner: a forged submission may name another one, or a job that does not exist.
        handled = await self.aggregates.handle(job_id, DeleteWithOwner(owner_id), _context(envelope, job_id))
        await self.jobs_by_owner.remove(job_id, max(handled.revision, FIRST + 1))

    async def _delete_objects(self, job_id: UUID, envelope: Envelope) -> None:
        job = (await self.aggregates.load(job_id)).state
        if job is None or not job.deleted:
            raise unconfirmed(envelope)
        await self.objects.delete_all(job_id, job.owner_id)


def _artifacts(event: AnalysisEvent) -> Sequence[Artifact]:
    return event.artifacts if isinstance(event, AnalysisCompleted) else ()


def _context(cause: Envelope, job_id: UUID) -> CommandContext:
    return caused_by(cause, "jobs-command", command_id("jobs-command", cause.id, job_id))
