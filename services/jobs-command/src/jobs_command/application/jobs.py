"""Use cases of jobs, for their owners."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from california_gold_contracts.event import Event
from california_gold_contracts.jobs import JobInput
from chassis.commands.aggregate import Aggregates, Handled
from chassis.commands.context import CommandContext
from chassis.commands.errors import DomainError
from chassis.commands.sequence import NumberSequence
from chassis.ports.key_store import KeyShredded
from chassis.ports.object_store import ObjectStore
from jobs_command.application.job_ids import JobIds
from jobs_command.domain.commands import AttachInput, Command, SubmitJob
from jobs_command.domain.errors import JobNotFound
from jobs_command.domain.job import Job


@dataclass(frozen=True)
class JobSnapshot:
    """A job at a revision of its stream; `events` are those that a command has just appended, at `recorded_at`.

    `recorded_at` is None for a command that may have been recorded before.
    """

    job: Job
    revision: int
    events: Sequence[Event] = ()
    recorded_at: datetime | None = None


@dataclass(frozen=True)
class Submission:
    """The content of `POST /jobs`. The bytes of `input` are in the object store already."""

    owner_id: int
    title: str | None
    description: str | None
    input: JobInput | None


@dataclass(frozen=True)
class Jobs:
    """Submits and changes jobs."""

    aggregates: Aggregates[Job | None, Command]
    numbers: NumberSequence
    ids: JobIds
    objects: ObjectStore

    async def submit(self, submission: Submission, context: CommandContext) -> JobSnapshot:
        """Create a job, or return the one that the same command created. Raises `KeyShredded`."""
        job_id = await self.ids.of(context.command_id)
        number = await self._number(job_id, context)
        command = SubmitJob(
            job_id, number, submission.owner_id, submission.title, submission.description, submission.input
        )
        handle = self.aggregates.create if context.first_time else self.aggregates.handle
        try:
            snapshot = _snapshot(await handle(job_id, command, context))
        except KeyShredded:
            await self._delete_bytes(submission.input)
            raise
        return await self._without_duplicate(snapshot, submission.input)

    async def attach(self, job_id: UUID, user_id: int, job_input: JobInput, context: CommandContext) -> JobSnapshot:
        """Attach a file to a job that waits for it. Raises `JobNotFound`, `InputRefused`, `KeyShredded`."""
        try:
            snapshot = await self.handle(job_id, AttachInput(user_id, job_input), context)
        except (DomainError, KeyShredded):
            await self._delete_bytes(job_input)
            raise
        return await self._without_duplicate(snapshot, job_input)

    async def handle(self, job_id: UUID, command: Command, context: CommandContext) -> JobSnapshot:
        """Handle a command of a job. Raises the errors of `jobs_command.domain.errors`."""
        return _snapshot(await self.aggregates.handle(job_id, command, context))

    async def resolve(self, reference: UUID | int) -> UUID:
        """Return the id of a job by its id or number. Raises `JobNotFound` for an unknown number."""
        if isinstance(reference, UUID):
            return reference
        holder = await self.numbers.holder_of(reference)
        if holder is None:
            raise JobNotFound
        return UUID(holder)

    async def exists(self, job_id: UUID) -> bool:
        """Return whether a job was submitted under an id, which may be deleted by now."""
        return (await self.aggregates.load(job_id)).state is not None

    async def has_ended(self, job_id: UUID) -> bool:
        """Return whether a job exists and has ended."""
        job = (await self.aggregates.load(job_id)).state
        return job is not None and job.status.ended

    async def check_owner(self, job_id: UUID, user_id: int) -> None:
        """Raise `JobNotFound` unless the job exists and the user owns it."""
        job = _snapshot(await self.aggregates.load(job_id)).job
        if job.deleted or job.owner_id != user_id:
            raise JobNotFound

    async def _number(self, job_id: UUID, context: CommandContext) -> int:
        existing = None if context.first_time else (await self.aggregates.load(job_id)).state
        if existing is not None:
            return existing.number
        return await self.numbers.allocate(str(job_id), context)

    async def _without_duplicate(self, snapshot: JobSnapshot, job_input: JobInput | None) -> JobSnapshot:
        # A repeated request has stored its bytes a second time.
        if snapshot.job.input != job_input:
            await self._delete_bytes(job_input)
        return snapshot

    async def _delete_bytes(self, job_input: JobInput | None) -> None:
        if job_input is not None:
            await self.objects.delete(job_input.object_key)


def _snapshot(handled: Handled[Job | None]) -> JobSnapshot:
    if handled.state is None:
        raise JobNotFound
    return JobSnapshot(handled.state, handled.revision, handled.events, handled.recorded_at)
