"""The commands of a job: from its owner, from identity (account deletion), and from the analyzer (its events)."""

from dataclasses import dataclass
from enum import Enum, auto
from uuid import UUID

from california_gold_contracts.analysis import AnalysisCompleted, AnalysisFailed, AnalysisProgressed, AnalysisStarted
from california_gold_contracts.jobs import JobInput, JobStatus


class Unchanged(Enum):
    """Sentinel for a text that stays as it is; None removes a text."""

    UNCHANGED = auto()


@dataclass(frozen=True)
class SubmitJob:
    """Create a job. Without a title it is named after its file."""

    job_id: UUID
    number: int
    owner_id: int
    title: str | None
    description: str | None
    input: JobInput | None


@dataclass(frozen=True)
class ChangeJob:
    """Change the texts, the status, or both: all of it or nothing."""

    user_id: int
    title: str | Unchanged | None = Unchanged.UNCHANGED
    description: str | Unchanged | None = Unchanged.UNCHANGED
    status: JobStatus | None = None


@dataclass(frozen=True)
class AttachInput:
    """Attach the file that the job waits for."""

    user_id: int
    input: JobInput


@dataclass(frozen=True)
class DeleteJob:
    """Delete the job at its owner's request."""

    user_id: int


@dataclass(frozen=True)
class DeleteWithOwner:
    """Delete the job because its owner's account is deleted."""

    owner_id: int


OwnerCommand = ChangeJob | AttachInput | DeleteJob
"""Commands that only the job's owner may give."""

AnalysisEvent = AnalysisStarted | AnalysisProgressed | AnalysisCompleted | AnalysisFailed
"""The analyzer's events are commands of the job: the job records those of its current attempt, until that ends."""

Command = SubmitJob | OwnerCommand | DeleteWithOwner | AnalysisEvent
