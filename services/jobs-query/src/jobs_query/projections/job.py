"""The read model of jobs: its body is, byte for byte, what `GET /jobs/{id}` answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from california_gold_contracts import catalog, jobs
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import JobStatus
from chassis import read_models
from chassis.ports.document_store import Scalar
from chassis.projections.projector import View


class JobProjection:
    """A job as its owner reads it; `owner_id` and `number` are what lists select and order by."""

    collection = read_models.JOBS
    catalog = catalog.JOBS

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        """Return the job after a fact; None once it is deleted."""
        if isinstance(event, jobs.JobSubmitted):
            return _submitted(event, iso(envelope.time))
        if view is None or isinstance(event, jobs.JobDeleted):
            return None
        time = iso(envelope.time)
        return {**view, **_changes(event, time), "updated_at": time}

    def keys(self, view: View) -> Mapping[str, Scalar]:
        """Return the owner and the number."""
        return cast("Mapping[str, Scalar]", {"owner_id": view["owner_id"], "number": view["number"]})


def _submitted(event: jobs.JobSubmitted, time: str) -> View:
    return {
        "id": str(event.job_id),
        "number": event.number,
        "title": event.title,
        "description": event.description,
        "status": JobStatus.QUEUED,
        "progress": 0,
        "file_name": event.input.name if event.input else None,
        "file_size": event.input.size if event.input else None,
        "owner_id": event.owner_id,
        "created_at": time,
        "updated_at": None,
        "results_payload": None,
        "results_parsed_at": None,
        "failure": None,
    }


def _changes(event: Event, time: str) -> View:  # noqa: C901  (a flat table of facts)
    match event:
        case jobs.AnalysisProgressed():
            return {"status": JobStatus.PROCESSING, "progress": event.progress}
        case jobs.AnalysisStarted():
            return {"status": JobStatus.PROCESSING}
        case jobs.AnalysisCompleted():
            ended: View = {"status": JobStatus.COMPLETED, "progress": 100}
            return {**ended, "results_payload": event.results, "results_parsed_at": time}
        case jobs.AnalysisFailed():
            return {"status": JobStatus.FAILED, "failure": {"code": event.reason, "message": event.message}}
        case jobs.JobDescribed():
            return {"title": event.title, "description": event.description}
        case jobs.JobInputAttached():
            return {"file_name": event.input.name, "file_size": event.input.size}
        case jobs.JobRequeued():
            again: View = {"status": JobStatus.QUEUED, "progress": 0, "failure": None}
            return {**again, "results_payload": None, "results_parsed_at": None}
        case jobs.JobCancelled():
            return {"status": JobStatus.CANCELLED}
        case jobs.JobStatusSet(status=JobStatus.COMPLETED):
            return {"status": JobStatus.COMPLETED, "progress": 100}
        case jobs.JobStatusSet():
            return {"status": event.status}
        case _:
            return {}


def iso(time: datetime) -> str:
    """Write a time as the API does: ISO 8601, UTC as `Z`."""
    return time.isoformat().replace("+00:00", "Z")
