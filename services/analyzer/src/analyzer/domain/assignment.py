"""What a job's story says an analyzer has to do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from california_gold_contracts import jobs
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import JobInput


@dataclass(frozen=True)
class Assignment:
    """An attempt at a job; `wanted` until the attempt has ended, by whomever, or the job is deleted."""

    owner_id: int
    attempt: int
    input: JobInput | None
    wanted: bool = True


def assignment(history: Sequence[Event]) -> Assignment | None:
    """Return the newest attempt of a job; None when there is no such job."""
    found: Assignment | None = None
    for event in history:
        found = _evolve(found, event)
    return found


def _evolve(known: Assignment | None, event: Event) -> Assignment | None:
    if isinstance(event, jobs.JobSubmitted):
        return Assignment(event.owner_id, 1, event.input)
    if known is None:
        return None
    match event:
        case jobs.JobInputAttached(attempt=attempt, input=file):
            return replace(known, attempt=attempt, input=file, wanted=True)
        case jobs.JobRequeued(attempt=attempt):
            return replace(known, attempt=attempt, wanted=True)
        case jobs.AnalysisCompleted() | jobs.AnalysisFailed() | jobs.JobCancelled() | jobs.JobDeleted():
            return replace(known, wanted=False)
        case jobs.JobStatusSet(status=status) if status.ended:
            return replace(known, wanted=False)
        case _:
            return known
