"""Events of the analyzer about one attempt at a job. jobs-command handles them as commands of the job."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field, JsonValue

from california_gold_contracts.event import Event
from california_gold_contracts.jobs import Artifact


class AttemptEvent(Event):
    """An event of one attempt of one job."""

    job_id: UUID
    attempt: int


class AnalysisStarted(AttemptEvent):
    """An analyzer started the attempt; `analyzer` is its name and version."""

    wire_type: ClassVar[str] = "analysis.analysis-started.v1"

    analyzer: str


class AnalysisProgressed(AttemptEvent):
    """The attempt progressed: `progress` in per cent.

    `stage` is one of fetch, verify, index, decode, detect, measure, write, done.
    """

    wire_type: ClassVar[str] = "analysis.analysis-progressed.v1"

    progress: int = Field(ge=0, le=100)
    stage: str


class AnalysisCompleted(AttemptEvent):
    """The attempt completed with a result; `artifacts` are its outputs in the object store."""

    wire_type: ClassVar[str] = "analysis.analysis-completed.v1"

    results: dict[str, JsonValue]
    artifacts: tuple[Artifact, ...]


class AnalysisFailed(AttemptEvent):
    """The attempt failed: `reason` is a code, `message` a sentence for the owner of the job.

    `retryable`: whether another attempt with the same input may succeed.
    """

    wire_type: ClassVar[str] = "analysis.analysis-failed.v2"

    reason: str
    message: str
    retryable: bool
