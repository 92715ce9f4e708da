"""What a socket tells of a job, folded from the job's events."""

from dataclasses import dataclass, replace
from datetime import datetime

import orjson
from pydantic import JsonValue

from california_gold_contracts import jobs
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import JobStatus


@dataclass(frozen=True)
class JobState:
    """A job at one revision of its stream. Only the first block is for everybody, the rest for the owner."""

    id: str
    status: JobStatus
    progress: int
    updated_at: datetime

    revision: int
    owner_id: int
    title: str | None
    created_at: datetime
    file_name: str | None
    file_size: int | None
    results_payload: dict[str, JsonValue] | None = None
    failure: dict[str, JsonValue] | None = None


def evolve(state: JobState | None, event: Event, revision: int, time: datetime) -> JobState | None:
    """Return the state after an event; None when the job is deleted (or not there yet)."""
    if isinstance(event, jobs.JobSubmitted):
        return _submitted(event, revision, time)
    if state is None or isinstance(event, jobs.JobDeleted):
        return None
    return replace(_changed(state, event), revision=revision, updated_at=time)


def _submitted(event: jobs.JobSubmitted, revision: int, time: datetime) -> JobState:
    return JobState(
        id=str(event.job_id),
        status=JobStatus.QUEUED,
        progress=0,
        updated_at=time,
        revision=revision,
        owner_id=event.owner_id,
        title=event.title,
        created_at=time,
        file_name=event.input.name if event.input else None,
        file_size=event.input.size if event.input else None,
    )


def _changed(state: JobState, event: Event) -> JobState:
    match event:
        case jobs.JobDescribed(title=title):
            return replace(state, title=title)
        case jobs.JobInputAttached(input=file):
            return replace(state, file_name=file.name, file_size=file.size)
        case jobs.AnalysisStarted():
            return replace(state, status=JobStatus.PROCESSING)
        case jobs.AnalysisProgressed(progress=progress):
            return replace(state, status=JobStatus.PROCESSING, progress=max(progress, state.progress))
        case jobs.AnalysisCompleted(results=results):
            return replace(state, status=JobStatus.COMPLETED, progress=100, results_payload=results, failure=None)
        case jobs.AnalysisFailed(reason=reason, message=message):
            return replace(state, status=JobStatus.FAILED, failure={"code": reason, "message": message})
        case jobs.JobRequeued():
            return replace(state, status=JobStatus.QUEUED, progress=0, results_payload=None, failure=None)
        case jobs.JobCancelled():
            return replace(state, status=JobStatus.CANCELLED)
        case jobs.JobStatusSet(status=status):
            return replace(state, status=status, progress=100 if status is JobStatus.COMPLETED else state.progress)
        case _:
            return state


def message(state: JobState, *, to_owner: bool) -> str:
    """Return the contract's `job.update`: four fields for whoever knows the id, more for the owner."""
    job: dict[str, object] = {
        "id": state.id,
        "status": state.status,
        "progress": state.progress,
        "updated_at": _iso(state.updated_at),
    }
    if to_owner:
        job |= {
            "revision": state.revision,
            "title": state.title,
            "created_at": _iso(state.created_at),
            "file_name": state.file_name,
            "file_size": state.file_size,
            "results_payload": state.results_payload,
            "failure": state.failure,
        }
    return orjson.dumps({"type": "job.update", "job": job}).decode()


def not_found(job_id: str) -> str:
    """Return the message for an id that no job has, or has no more."""
    return orjson.dumps({"type": "job.not_found", "job_id": job_id}).decode()


def _iso(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
