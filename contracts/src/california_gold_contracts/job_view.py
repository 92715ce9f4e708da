"""Job view: the JSON object that `GET /jobs/{id}` answers, folded from the events of the job.

Every service that shows a job folds its events here, so that all of them show the same.
"""

from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue

from california_gold_contracts import jobs
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import JobStatus

JobView = dict[str, JsonValue]


class ReadModel(NamedTuple):
    """Name, keys and indexes of a read model: the arguments of a document store's collection."""

    name: str
    keys: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...]


JOBS_READ_MODEL = ReadModel("jobs", ("owner_id", "number"), (("owner_id", "number"), ("number", "owner_id")))
"""Owned by jobs-query. A document's id is the job's UUID, its body the job view, its revision that of `job-<uuid>`.

jobs-command and the notifier answer with it once it has the revision that they wait for.
"""


def apply(view: JobView | None, event: Event, envelope: Envelope) -> JobView | None:
    """Return the job view after an event; None once the job is deleted. The given view is not changed."""
    return apply_at(view, event, envelope.time)


def apply_at(view: JobView | None, event: Event, recorded_at: datetime) -> JobView | None:
    """Return the job view after an event that was recorded at a time."""
    time = iso_time(recorded_at)
    if isinstance(event, jobs.JobSubmitted):
        return _submitted(event, time)
    if view is None or isinstance(event, jobs.JobDeleted):
        return None
    return {**view, **_changes(event, time), "updated_at": time}


def iso_time(time: datetime) -> str:
    """Return a time as the API writes it: ISO 8601, UTC as `Z`."""
    return time.isoformat().replace("+00:00", "Z")


def _submitted(event: jobs.JobSubmitted, time: str) -> JobView:
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


def _changes(event: Event, time: str) -> JobView:  # noqa: C901  (a flat table of events)
    match event:
        case jobs.AnalysisProgressed():
            return {"status": JobStatus.PROCESSING, "progress": event.progress}
        case jobs.AnalysisStarted():
            return {"status": JobStatus.PROCESSING}
        case jobs.AnalysisCompleted():
            ended: JobView = {"status": JobStatus.COMPLETED, "progress": 100}
            return {**ended, "results_payload": event.results, "results_parsed_at": time}
        case jobs.AnalysisFailed():
            return {"status": JobStatus.FAILED, "failure": {"code": event.reason, "message": event.message}}
        case jobs.JobDescribed():
            return {"title": event.title, "description": event.description}
        case jobs.JobInputAttached():
            return {"file_name": event.input.name, "file_size": event.input.size}
        case jobs.JobRequeued():
            queued: JobView = {"status": JobStatus.QUEUED, "progress": 0, "failure": None}
            return {**queued, "results_payload": None, "results_parsed_at": None}
        case jobs.JobCancelled():
            return {"status": JobStatus.CANCELLED}
        case jobs.JobStatusSet(status=JobStatus.COMPLETED):
            return {"status": JobStatus.COMPLETED, "progress": 100}
        case jobs.JobStatusSet():
            return {"status": event.status}
        case _:
            return {}
