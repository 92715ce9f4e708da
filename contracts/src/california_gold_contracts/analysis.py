"""Events of the analyzer about an attempt at a job. jobs-command handles them as commands of the job."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field, JsonValue

from california_gold_contracts.event import Event
from california_gold_contracts.jobs import Artifact


class AttemptEvent(Event):
    """A fact about one attempt at one job."""

    job_id: UUID
    attempt: int


class AnalysisStarted(AttemptEvent):
    """The analyzer took the attempt; `analyzer` names the program and its version."""

    wire_type: ClassVar[str] = "analysis.analysis-started.v1"

    analyzer: str


class AnalysisProgressed(AttemptEvent):
    """`progress` in per cent; `stage` is one of fetch, verify, index, decode, detect, measure, write, done."""

    wire_type: ClassVar[str] = "analysis.analysis-progressed.v1"

    progress: int = Field(ge=0, le=100)
    stage: str


class AnalysisCompleted(AttemptEvent):
    """The result and where its outputs are."""

    wire_type: ClassVar[str] = "analysis.analysis-completed.v1"

    results: dict[str, JsonValue]
    artifacts: tuple[Artifact, ...]


class AnalysisFailed(AttemptEvent):
    """No result: `reason` is a code, `message` a sentence for the owner of the job.

    `retryable`: whether the same input may succeed when tried again.
    """

    wire_type: ClassVar[str] = "analysis.analysis-failed.v2"

    reason: str
    message: str
    retryable: bool
