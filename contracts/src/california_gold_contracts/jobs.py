"""Events of jobs, decided by jobs-command: the stream `job-<uuid>` has all events of a job."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field, JsonValue

from california_gold_contracts.event import Event, Value


class JobStatus(StrEnum):
    """Where a job stands. Ended: completed, failed, cancelled."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether the job has ended: only a person can requeue it."""
        return self not in {JobStatus.QUEUED, JobStatus.PROCESSING}


class JobInput(Value):
    """The uploaded file: its object key, the name that the user gave it, size in bytes, SHA-256 in hex.

    `name` and `content_type` are sealed texts.
    """

    object_key: str
    name: str
    size: int
    sha256: str
    content_type: str


class Artifact(Value):
    """An output of an analysis in the object store; `size` in bytes."""

    name: str
    media_type: str
    size: int
    object_key: str


class JobEvent(Event):
    """An event of one job."""

    job_id: UUID


class JobSubmitted(JobEvent):
    """A user submitted a job, which begins with attempt 1. Without `input` it is queued until a file is attached.

    `title` and `description` are sealed texts.
    """

    wire_type: ClassVar[str] = "jobs.job-submitted.v2"

    number: int
    owner_id: int
    title: str | None
    description: str | None
    input: JobInput | None


class JobDescribed(JobEvent):
    """The title and the description, sealed texts, were set."""

    wire_type: ClassVar[str] = "jobs.job-described.v2"

    title: str | None
    description: str | None


class JobInputAttached(JobEvent):
    """A file was attached to a job that waited for it; the job is to be analysed as `attempt`."""

    wire_type: ClassVar[str] = "jobs.job-input-attached.v2"

    attempt: int
    input: JobInput


class AnalysisStarted(JobEvent):
    """An analyzer started the attempt; `analyzer` is its name and version."""

    wire_type: ClassVar[str] = "jobs.analysis-started.v1"

    attempt: int
    analyzer: str


class AnalysisProgressed(JobEvent):
    """The attempt progressed: `progress` in per cent, `stage` as the analyzer names it."""

    wire_type: ClassVar[str] = "jobs.analysis-progressed.v1"

    attempt: int
    progress: int = Field(ge=0, le=100)
    stage: str


class AnalysisCompleted(JobEvent):
    """The attempt completed with a result."""

    wire_type: ClassVar[str] = "jobs.analysis-completed.v1"

    attempt: int
    results: dict[str, JsonValue]
    artifacts: tuple[Artifact, ...]


class AnalysisFailed(JobEvent):
    """The attempt failed: `reason` is a code, `message` a sentence for the owner.

    `retryable`: whether another attempt with the same input may succeed.
    """

    wire_type: ClassVar[str] = "jobs.analysis-failed.v2"

    attempt: int
    reason: str
    message: str
    retryable: bool


class JobRequeued(JobEvent):
    """An ended job was put back into the queue, as the new `attempt`."""

    wire_type: ClassVar[str] = "jobs.job-requeued.v1"

    attempt: int


class JobCancelled(JobEvent):
    """A person cancelled the job and its `attempt`."""

    wire_type: ClassVar[str] = "jobs.job-cancelled.v1"

    attempt: int


class JobStatusSet(JobEvent):
    """A person set the status. A status that ends the job ends its `attempt` too."""

    wire_type: ClassVar[str] = "jobs.job-status-set.v1"

    attempt: int
    status: JobStatus


class JobDeleted(JobEvent):
    """The job was deleted; its objects are deleted afterwards."""

    wire_type: ClassVar[str] = "jobs.job-deleted.v1"
