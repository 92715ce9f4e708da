"""Facts about jobs, decided by jobs-command: one stream `job-<uuid>` tells the whole story of a job."""

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
        """Whether nothing more happens unless a person asks."""
        return self not in {JobStatus.QUEUED, JobStatus.PROCESSING}


class JobInput(Value):
    """The uploaded file: where its bytes are, its name as the user gave it, size in bytes, sha256 in hex."""

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
    """A fact about one job."""

    job_id: UUID


class JobSubmitted(JobEvent):
    """A user asked for an analysis (attempt 1). Without `input` it waits in `queued` until a file is attached."""

    wire_type: ClassVar[str] = "jobs.job-submitted.v1"

    number: int
    owner_id: int
    title: str | None
    description: str | None
    input: JobInput | None


class JobDescribed(JobEvent):
    """Title and description are these from now on."""

    wire_type: ClassVar[str] = "jobs.job-described.v1"

    title: str | None
    description: str | None


class JobInputAttached(JobEvent):
    """The job that waited has its file now and is to be analysed as `attempt`."""

    wire_type: ClassVar[str] = "jobs.job-input-attached.v1"

    attempt: int
    input: JobInput


class AnalysisStarted(JobEvent):
    """An analyzer took the attempt; `analyzer` names the program and its version."""

    wire_type: ClassVar[str] = "jobs.analysis-started.v1"

    attempt: int
    analyzer: str


class AnalysisProgressed(JobEvent):
    """The attempt came further: `progress` in per cent, `stage` as the analyzer calls it."""

    wire_type: ClassVar[str] = "jobs.analysis-progressed.v1"

    attempt: int
    progress: int = Field(ge=0, le=100)
    stage: str


class AnalysisCompleted(JobEvent):
    """The attempt ended with a result."""

    wire_type: ClassVar[str] = "jobs.analysis-completed.v1"

    attempt: int
    results: dict[str, JsonValue]
    artifacts: tuple[Artifact, ...]


class AnalysisFailed(JobEvent):
    """The attempt ended without a result: `reason` is a code, `message` a sentence for the owner.

    `retryable`: whether the same input may succeed when tried again.
    """

    wire_type: ClassVar[str] = "jobs.analysis-failed.v2"

    attempt: int
    reason: str
    message: str
    retryable: bool


class JobRequeued(JobEvent):
    """An ended job is to run again, as the new `attempt`."""

    wire_type: ClassVar[str] = "jobs.job-requeued.v1"

    attempt: int


class JobCancelled(JobEvent):
    """A person ended the job, and its `attempt` with it."""

    wire_type: ClassVar[str] = "jobs.job-cancelled.v1"

    attempt: int


class JobStatusSet(JobEvent):
    """A person overrode the status. One that ends the job ends its `attempt`."""

    wire_type: ClassVar[str] = "jobs.job-status-set.v1"

    attempt: int
    status: JobStatus


class JobDeleted(JobEvent):
    """The job is gone for its owner; its bytes follow."""

    wire_type: ClassVar[str] = "jobs.job-deleted.v1"
