"""Histories of failed jobs, with the failure event in each version."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID, uuid4

from california_gold_contracts import analysis, catalog, jobs
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import JobStatus
from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder
from chassis.ports.event_store import NO_STREAM
from chassis.ports.infrastructure import Infrastructure
from jobs_command.domain.commands import ChangeJob, Command
from jobs_command.domain.job import JOB, Job

V1, V2, V3 = (f"jobs.analysis-failed.v{version}" for version in (1, 2, 3))
TIME = datetime(2024, 1, 1, tzinfo=UTC)


class Failed(Event):
    """Fields of the failure event that all versions share."""

    job_id: UUID
    attempt: int = 1
    reason: str = "TIMEOUT"
    message: str = "Время вышло"


class FailedV1(Failed):
    wire_type: ClassVar[str] = V1


class FailedV2(Failed):
    wire_type: ClassVar[str] = V2

    retryable: bool = True


class FailedV3(Event):
    """A future version, unknown to the catalog."""

    wire_type: ClassVar[str] = V3

    job_id: UUID
    failures: tuple[str, ...] = ("TIMEOUT",)


def aggregates(infrastructure: Infrastructure) -> Aggregates[Job | None, Command]:
    return Aggregates(infrastructure.events, infrastructure.clock, "job", JOB, catalog.JOBS, "tests")


async def stored(infrastructure: Infrastructure, job_id: UUID, *more: Event) -> str:
    """Store the events of a job with a started analysis, then `more`; return the name of the stream."""
    file = jobs.JobInput(object_key="k", name="ct.zip", size=1, sha256="0", content_type="application/zip")
    submitted = jobs.JobSubmitted(job_id=job_id, number=1, owner_id=1, title="CT", description=None, input=file)
    taken = jobs.AnalysisStarted(job_id=job_id, attempt=1, analyzer="analyzer/1")
    stream, context = f"job-{job_id}", CommandContext(uuid4(), "user:1", "story")
    recorded = Recorder("tests", TIME).record([submitted, taken, *more], context, stream, None)
    await infrastructure.events.append(stream, recorded, NO_STREAM)
    return stream


async def types(infrastructure: Infrastructure, stream: str) -> Sequence[str]:
    return [event.type for event in await infrastructure.events.read(stream)]


async def failed_twice(infrastructure: Infrastructure, job_id: UUID) -> str:
    """Store a job that failed in version 1, was requeued, and failed again in version 2."""
    stream = await stored(infrastructure, job_id, FailedV1(job_id=job_id))
    requeue = ChangeJob(1, status=JobStatus.QUEUED)
    failure = analysis.AnalysisFailed(
        job_id=job_id, attempt=2, reason="NO_IMAGE", message="Нет снимков", retryable=False
    )
    for command in (requeue, failure):
        await aggregates(infrastructure).handle(job_id, command, CommandContext(uuid4(), "user:1", "story"))
    return stream
