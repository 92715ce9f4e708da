"""The job aggregate: its state, and its decider (`decide`, `evolve`). Its commands are in `commands`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from pydantic import JsonValue

from california_gold_contracts import analysis, jobs
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import Artifact, JobInput, JobStatus
from chassis.commands.decider import Decider
from jobs_command import messages
from jobs_command.domain.commands import (
    AnalysisEvent,
    AttachInput,
    ChangeJob,
    Command,
    DeleteJob,
    DeleteWithOwner,
    SubmitJob,
    Unchanged,
)
from jobs_command.domain.errors import ForbiddenTransition, InputRefused, JobNotFound, TooManyChanges

MAX_CHANGES = 500
"""Of a job's texts and status by its owner: a person makes a few, a page that saves while one types some dozen.

Each command, history and replay reads the job's stream: with texts of 10,000 characters it has 20 MB then.
"""


@dataclass(frozen=True)
class Job:
    """The state of a job. `attempt` counts from 1; `started`: an analyzer has started that attempt.

    `changes`: how often the owner has changed it.
    """

    id: UUID
    number: int
    owner_id: int
    title: str | None
    description: str | None
    input: JobInput | None
    status: JobStatus = JobStatus.QUEUED
    attempt: int = 1
    started: bool = False
    progress: int = 0
    stage: str | None = None
    results: dict[str, JsonValue] | None = None
    failure: dict[str, JsonValue] | None = None
    artifacts: tuple[Artifact, ...] = ()
    changes: int = 0
    deleted: bool = False

    @property
    def object_keys(self) -> frozenset[str]:
        """The keys of the job's objects: its input and its artifacts; none when it is deleted."""
        if self.deleted:
            return frozenset()
        inputs = {self.input.object_key} if self.input else set[str]()
        return frozenset(inputs | {artifact.object_key for artifact in self.artifacts})


def decide(job: Job | None, command: Command) -> Sequence[Event]:
    """Return the events of a command. Raises the errors of `errors` when a rule refuses it."""
    match command:
        case SubmitJob():
            return [_submitted(command)] if job is None else []
        case ChangeJob():
            return _changed(_owned(job, command.user_id), command)
        case AttachInput():
            return _attached(_owned(job, command.user_id), command.input)
        case DeleteJob():
            return [jobs.JobDeleted(job_id=_owned(job, command.user_id).id)]
        case DeleteWithOwner(owner_id):
            is_theirs = job is not None and job.owner_id == owner_id
            return [jobs.JobDeleted(job_id=job.id)] if job and is_theirs and not job.deleted else []
        case _:
            return _recorded(job, command) if job and _in_progress(job, command.attempt) else []


def _owned(job: Job | None, user_id: int) -> Job:
    if job is None or job.deleted or job.owner_id != user_id:
        raise JobNotFound
    return job


def _submitted(command: SubmitJob) -> Event:
    return jobs.JobSubmitted(
        job_id=command.job_id,
        number=command.number,
        owner_id=command.owner_id,
        title=command.title or _file_name(command.input),
        description=command.description or None,
        input=command.input,
    )


def _file_name(job_input: JobInput | None) -> str | None:
    return job_input.name if job_input else None


def _changed(job: Job, command: ChangeJob) -> list[Event]:
    status = [] if command.status in {None, job.status} else [_status_set(job, command.status or job.status)]
    title = job.title if command.title is Unchanged.UNCHANGED else command.title or _file_name(job.input)
    description = job.description if command.description is Unchanged.UNCHANGED else command.description or None
    is_described = (title, description) != (job.title, job.description)
    described = [jobs.JobDescribed(job_id=job.id, title=title, description=description)] if is_described else []
    changes = [*described, *status]
    if job.changes >= MAX_CHANGES and not all(isinstance(change, jobs.JobCancelled) for change in changes):
        raise TooManyChanges(MAX_CHANGES)
    return changes


def _status_set(job: Job, wanted: JobStatus) -> Event:
    if job.status.ended != (wanted is JobStatus.QUEUED):
        raise ForbiddenTransition(job.status, wanted)
    if wanted is JobStatus.QUEUED:
        return jobs.JobRequeued(job_id=job.id, attempt=job.attempt + 1)
    if wanted is JobStatus.CANCELLED:
        return jobs.JobCancelled(job_id=job.id, attempt=job.attempt)
    return jobs.JobStatusSet(job_id=job.id, attempt=job.attempt, status=wanted)


def _attached(job: Job, job_input: JobInput) -> list[Event]:
    if job.input is not None:
        raise InputRefused(messages.JOB_HAS_FILE)
    if job.status.ended:
        raise InputRefused(messages.JOB_ENDED)
    attached = jobs.JobInputAttached(job_id=job.id, attempt=job.attempt, input=job_input)
    if job.title is not None:
        return [attached]
    return [attached, jobs.JobDescribed(job_id=job.id, title=job_input.name, description=job.description)]


def _in_progress(job: Job, attempt: int) -> bool:
    return not job.deleted and not job.status.ended and job.attempt == attempt


def _recorded(job: Job, event: AnalysisEvent) -> list[Event]:
    match event:
        case analysis.AnalysisStarted(attempt=attempt, analyzer=analyzer):
            return [] if job.started else [jobs.AnalysisStarted(job_id=job.id, attempt=attempt, analyzer=analyzer)]
        case analysis.AnalysisProgressed(attempt=attempt, progress=progress, stage=stage):
            advanced = progress > job.progress or (progress == job.progress and stage != job.stage)
            progressed = jobs.AnalysisProgressed(job_id=job.id, attempt=attempt, progress=progress, stage=stage)
            return [progressed] if advanced else []
        case analysis.AnalysisCompleted(attempt=attempt, results=results, artifacts=artifacts):
            return [jobs.AnalysisCompleted(job_id=job.id, attempt=attempt, results=results, artifacts=artifacts)]
        case analysis.AnalysisFailed(attempt=attempt, reason=reason, message=message, retryable=retryable):
            failed = jobs.AnalysisFailed(
                job_id=job.id, attempt=attempt, reason=reason, message=message, retryable=retryable
            )
            return [failed]


_CHANGES = (jobs.JobDescribed, jobs.JobRequeued, jobs.JobCancelled, jobs.JobStatusSet)


def evolve(job: Job | None, event: Event) -> Job | None:
    """Fold one event into the state; None before `JobSubmitted`."""
    if isinstance(event, jobs.JobSubmitted):
        return Job(event.job_id, event.number, event.owner_id, event.title, event.description, event.input)
    if job is not None and isinstance(event, _CHANGES):
        job = replace(job, changes=job.changes + 1)
    return job and _evolved(job, event)


def _evolved(job: Job, event: Event) -> Job:  # noqa: C901  (a flat table of events)
    match event:
        case jobs.JobDescribed(title=title, description=description):
            return replace(job, title=title, description=description)
        case jobs.JobInputAttached(input=job_input):
            return replace(job, input=job_input)
        case jobs.AnalysisStarted():
            return replace(job, status=JobStatus.PROCESSING, started=True)
        case jobs.AnalysisProgressed(progress=progress, stage=stage):
            return replace(job, status=JobStatus.PROCESSING, started=True, progress=progress, stage=stage)
        case jobs.AnalysisCompleted(results=results, artifacts=artifacts):
            return replace(job, status=JobStatus.COMPLETED, progress=100, results=results, artifacts=artifacts)
        case jobs.AnalysisFailed(reason=reason, message=message):
            return replace(job, status=JobStatus.FAILED, failure={"code": reason, "message": message})
        case jobs.JobRequeued(attempt=attempt):
            requeued = Job(job.id, job.number, job.owner_id, job.title, job.description, job.input, attempt=attempt)
            return replace(requeued, changes=job.changes)
        case jobs.JobCancelled():
            return replace(job, status=JobStatus.CANCELLED)
        case jobs.JobStatusSet(status=status):
            return replace(job, status=status, progress=100 if status is JobStatus.COMPLETED else job.progress)
        case jobs.JobDeleted():
            return replace(job, deleted=True)
        case _:
            return job


def owner_of(job: Job | None) -> int:
    """Return the id of the owner of a job that was submitted."""
    if job is None:
        raise JobNotFound
    return job.owner_id


JOB: Decider[Job | None, Command] = Decider(initial=None, decide=decide, evolve=evolve)
