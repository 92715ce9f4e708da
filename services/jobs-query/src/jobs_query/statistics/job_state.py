"""How far each job is: what its next event is compared with, to tell what that means for the statistics."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from california_gold_contracts import catalog, jobs
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import JobStatus
from chassis.ports.document_store import Collection, Scalar
from chassis.projections.projector import View

SET_BY_A_PERSON = "STATUS_SET"
"""The reason of a failure that a person declared."""


@dataclass(frozen=True, slots=True)
class Transition:
    """What one event changed of a job: its status (None: there is no job), and what came to an end with it.

    Times are milliseconds, `at_ms` since 1970. `waited_ms`: an attempt waited so long, from when it could begin until
    it began; `ran_ms`: one that had begun took so long to end, however it ended. `reason`: why the job failed.
    """

    at_ms: int
    before: JobStatus | None
    after: JobStatus | None
    waited_ms: int | None = None
    ran_ms: int | None = None
    reason: str | None = None


class JobStates:
    """`ready_ms`: when the attempt could begin, null while the job waits for a file; `started_ms`: when it began."""

    collection = Collection("job-states")
    catalog = catalog.JOBS

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        """Return how far the job is after a fact; None once it is deleted."""
        at_ms = milliseconds(envelope.time)
        if isinstance(event, jobs.JobSubmitted):
            return _submitted(event, at_ms)
        if view is None or isinstance(event, jobs.JobDeleted):
            return None
        return {**view, **_changes(view, event, at_ms)}

    def keys(self, view: View) -> Mapping[str, Scalar]:
        """Return nothing: states are looked up by the job's id only."""
        return {}


def transition(before: View | None, after: View | None, at_ms: int) -> Transition | None:
    """Return what led from one state of a job to the next; None when it means nothing for the statistics."""
    old, new = _status(before), _status(after)
    waited = ran = None
    if before and after:
        ready, started = cast("int | None", before["ready_ms"]), cast("int | None", before["started_ms"])
        if ready is not None and started is None and after["started_ms"] is not None:
            waited = max(0, at_ms - ready)
        if started is not None and new and new.ended and old and not old.ended:
            ran = max(0, at_ms - started)
    if old is new and waited is None:
        return None
    reason = cast("str | None", after["reason"]) if after and new is JobStatus.FAILED else None
    return Transition(at_ms, old, new, waited, ran, reason)


def milliseconds(time: datetime) -> int:
    """Return a time as whole milliseconds since 1970."""
    return int(time.timestamp() * 1000)


def _status(view: View | None) -> JobStatus | None:
    return JobStatus(cast("str", view["status"])) if view else None


def _submitted(event: jobs.JobSubmitted, at_ms: int) -> View:
    return {
        "owner_id": event.owner_id,
        "status": JobStatus.QUEUED,
        "has_input": event.input is not None,
        "ready_ms": at_ms if event.input else None,
        "started_ms": None,
        "reason": None,
    }


def _changes(view: View, event: Event, at_ms: int) -> View:
    match event:
        case jobs.JobInputAttached():
            return {"has_input": True, "ready_ms": at_ms}
        case jobs.AnalysisStarted() | jobs.AnalysisProgressed():
            started = view["started_ms"]
            return {"status": JobStatus.PROCESSING, "started_ms": at_ms if started is None else started}
        case jobs.AnalysisCompleted():
            return {"status": JobStatus.COMPLETED}
        case jobs.AnalysisFailed():
            return {"status": JobStatus.FAILED, "reason": event.reason}
        case jobs.JobRequeued():
            ready = at_ms if view["has_input"] else None
            return {"status": JobStatus.QUEUED, "ready_ms": ready, "started_ms": None}
        case jobs.JobCancelled():
            return {"status": JobStatus.CANCELLED}
        case jobs.JobStatusSet():
            return {"status": event.status, "reason": SET_BY_A_PERSON}
        case _:
            return {}
