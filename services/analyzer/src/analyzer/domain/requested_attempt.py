"""The newest attempt that a job requests, folded from the events of the job."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from california_gold_contracts import jobs
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import JobInput


@dataclass(frozen=True)
class RequestedAttempt:
    """An attempt to analyse the input of a job; `active` until the attempt ends or the job is deleted."""

    owner_id: int
    attempt: int
    input: JobInput | None
    active: bool = True


def requested_attempt(history: Sequence[Event]) -> RequestedAttempt | None:
    """Fold the events of a job into its newest attempt; None when there is no such job."""
    newest: RequestedAttempt | None = None
    for event in history:
        newest = _evolve(newest, event)
    return newest


def _evolve(state: RequestedAttempt | None, event: Event) -> RequestedAttempt | None:
    if isinstance(event, jobs.JobSubmitted):
        return RequestedAttempt(event.owner_id, 1, event.input)
    if state is None:
        return None
    match event:
        case jobs.JobInputAttached(attempt=attempt, input=file):
            return replace(state, attempt=attempt, input=file, active=True)
        case jobs.JobRequeued(attempt=attempt):
            return replace(state, attempt=attempt, active=True)
        case jobs.AnalysisCompleted() | jobs.AnalysisFailed() | jobs.JobCancelled() | jobs.JobDeleted():
            return replace(state, active=False)
        case jobs.JobStatusSet(status=status) if status.ended:
            return replace(state, active=False)
        case _:
            return state
