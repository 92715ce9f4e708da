"""Event handlers: the analyzer's events become commands of jobs; deletions of accounts and jobs are carried through."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from california_gold_contracts import catalog, jobs, users
from california_gold_contracts.analysis import AnalysisCompleted
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext, caused_by, command_id
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
            event = catalog.ANALYSIS.decode(envelope.type, envelope.data)
            if isinstance(event, AnalysisEvent):
                await self._handle(event, _context(envelope, event.job_id))

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

    async def handle(self, envelopes: Sequence[Envelope]) -> None:
        """Handle events of the topics `california-gold.users` and `california-gold.jobs`."""
        known = [envelope for envelope in envelopes if catalog.CATALOG.knows(envelope.type)]
        decoded = [(catalog.CATALOG.decode(envelope.type, envelope.data), envelope) for envelope in known]
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
                    await self._delete(event.job_id, envelope)

    async def _on_deleted(self, event: Event, envelope: Envelope) -> None:
        match event:
            case users.UserDeleted(user_id=user_id):
                await self.jobs_by_owner.add_deleted_owner(user_id)
                async for job_id in self.jobs_by_owner.job_ids(user_id):
                    await self._delete(job_id, envelope)
            case jobs.JobDeleted(job_id=job_id):
                await self._delete_objects(job_id)
                await self.jobs_by_owner.remove(job_id, envelope.revision)
            case _:
                pass

    async def _delete(self, job_id: UUID, envelope: Envelope) -> None:
        handled = await self.aggregates.handle(job_id, DeleteWithOwner(), _context(envelope, job_id))
        await self.jobs_by_owner.remove(job_id, handled.revision)

    async def _delete_objects(self, job_id: UUID) -> None:
        job = (await self.aggregates.load(job_id)).state
        if job is not None:
            await self.objects.delete_all(job_id, job.owner_id)


def _context(cause: Envelope, job_id: UUID) -> CommandContext:
    return caused_by(cause, "jobs-command", command_id("jobs-command", cause.id, job_id))
