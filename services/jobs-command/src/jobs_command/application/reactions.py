"""What others saw becomes our commands: the analyzer's facts, and the end of an account."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from california_gold_contracts import analysis, catalog, jobs, users
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext, caused_by, command_id
from jobs_command.application.job_objects import JobObjects
from jobs_command.application.owners import Owners
from jobs_command.domain.commands import (
    AttemptCommand,
    Command,
    DeleteWithOwner,
    NoteCompletion,
    NoteFailure,
    NoteProgress,
    NoteStart,
)
from jobs_command.domain.job import Job

_log = structlog.get_logger()


@dataclass(frozen=True)
class AnalysisReactions:
    """Notes on the job what the analyzer says of its attempts."""

    aggregates: Aggregates[Job | None, Command]
    objects: JobObjects

    async def handle(self, envelopes: Sequence[Envelope]) -> None:
        """Take facts of the topic `california-gold.analysis`."""
        for envelope in envelopes:
            if not catalog.ANALYSIS.knows(envelope.type):
                _log.info("event_ignored", type=envelope.type)
                continue
            event = catalog.ANALYSIS.decode(envelope.type, envelope.data)
            if isinstance(event, analysis.AttemptEvent):
                await self._note(event, _because_of(envelope, event.job_id))

    async def _note(self, event: analysis.AttemptEvent, context: CommandContext) -> None:
        handled = await self.aggregates.handle(event.job_id, _command(event), context)
        if handled.state is None or handled.state.deleted:
            await self.objects.remove_outputs(event.job_id)


def _command(event: analysis.AttemptEvent) -> AttemptCommand:
    match event:
        case analysis.AnalysisStarted():
            return NoteStart(event.attempt, event.analyzer)
        case analysis.AnalysisProgressed():
            return NoteProgress(event.attempt, event.progress, event.stage)
        case analysis.AnalysisCompleted():
            return NoteCompletion(event.attempt, event.results, event.artifacts)
        case analysis.AnalysisFailed():
            return NoteFailure(event.attempt, event.reason, event.message, event.retryable)
        case _:
            raise TypeError(f"no command for {event.wire_type}")


@dataclass(frozen=True)
class DeletionReactions:
    """Lets nothing outlive its owner: the jobs of a deleted user go, and the bytes of a deleted job.

    Each side writes what it knows before it reads what the other wrote, so that a job which is submitted while its
    owner is deleted is seen by one of them.
    """

    aggregates: Aggregates[Job | None, Command]
    owners: Owners
    objects: JobObjects

    async def handle(self, envelopes: Sequence[Envelope]) -> None:
        """Take facts of the topics `california-gold.users` and `california-gold.jobs`."""
        known = [envelope for envelope in envelopes if catalog.CATALOG.knows(envelope.type)]
        facts = [(catalog.CATALOG.decode(envelope.type, envelope.data), envelope) for envelope in known]
        await self._take_in([(event, envelope) for event, envelope in facts if isinstance(event, jobs.JobSubmitted)])
        for event, envelope in facts:
            await self._react(event, envelope)

    async def _take_in(self, submitted: Sequence[tuple[jobs.JobSubmitted, Envelope]]) -> None:
        if submitted:
            await self.owners.add_jobs(event for event, _ in submitted)
            gone = await self.owners.deleted_among(event.owner_id for event, _ in submitted)
            for event, envelope in submitted:
                if event.owner_id in gone:
                    await self._delete(event.job_id, envelope)

    async def _react(self, event: Event, envelope: Envelope) -> None:
        match event:
            case users.UserDeleted(user_id=user_id):
                await self.owners.note_deleted(user_id)
                async for job_id in self.owners.jobs_of(user_id):
                    await self._delete(job_id, envelope)
            case jobs.JobDeleted(job_id=job_id):
                await self._remove_bytes(job_id)
                await self.owners.remove_job(job_id, envelope.revision)
            case _:
                pass

    async def _delete(self, job_id: UUID, envelope: Envelope) -> None:
        handled = await self.aggregates.handle(job_id, DeleteWithOwner(), _because_of(envelope, job_id))
        await self.owners.remove_job(job_id, handled.revision)

    async def _remove_bytes(self, job_id: UUID) -> None:
        job = (await self.aggregates.load(job_id)).state
        if job is not None:
            await self.objects.remove_all(job_id, job.owner_id)


def _because_of(envelope: Envelope, job_id: UUID) -> CommandContext:
    return caused_by(envelope, "jobs-command", command_id("jobs-command", envelope.id, job_id))
