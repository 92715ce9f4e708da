"""Read model of the states of jobs, from which the statistics compute each event's transition."""

from collections.abc import Mapping

from california_gold_contracts import catalog, jobs
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import JobStatus
from chassis.ports.document_store import Collection, Scalar
from chassis.projections.projector import View
from jobs_query.statistics.transition import milliseconds

STATUS_SET = "STATUS_SET"
"""Reason of a failure that a person set as the status."""


class JobStatesProjection:
    """Status and times of each job.

    `ready_ms`: when the attempt could begin, null while the job waits for a file; `started_ms`: when it began.
    """

    collection = Collection("job-states")
    catalog = catalog.JOBS

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        """Return the state of the job after an event; None once it is deleted."""
        at_ms = milliseconds(envelope.time)
        if isinstance(event, jobs.JobSubmitted):
            return _submitted(event, at_ms)
        if view is None or isinstance(event, jobs.JobDeleted):
            return None
        return {**view, **_changes(view, event, at_ms)}

    def keys(self, view: View) -> Mapping[str, Scalar]:
        """Return no keys: states are read by the job's id only."""
        return {}


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
            return {"status": event.status, "reason": STATUS_SET}
        case _:
            return {}
