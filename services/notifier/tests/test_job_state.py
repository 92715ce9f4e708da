import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from california_gold_contracts import jobs
from california_gold_contracts.jobs import JobEvent, JobInput, JobStatus
from notifier.domain.job_state import JobState, evolve, message, not_found

JOB = UUID("0b9f7c7e-5a51-4c39-8b7e-3a1f6f0c2d11")
FILE = JobInput(object_key="jobs/1/x/y", name="chest.zip", size=9, sha256="ab", content_type="application/zip")
SUBMITTED = jobs.JobSubmitted(job_id=JOB, number=4, owner_id=7, title="Chest", description=None, input=FILE)
STARTED = jobs.AnalysisStarted(job_id=JOB, attempt=1, analyzer="a")
PROGRESSED = jobs.AnalysisProgressed(job_id=JOB, attempt=1, progress=40, stage="decode")
COMPLETED = jobs.AnalysisCompleted(job_id=JOB, attempt=1, results={"rows": []}, artifacts=())
FAILED = jobs.AnalysisFailed(job_id=JOB, attempt=1, reason="NO_IMAGE", message="Нет изображений", retryable=False)


def _after(*events: JobEvent) -> JobState | None:
    state = None
    for revision, event in enumerate(events):
        state = evolve(state, event, revision, datetime(2024, 1, 1, 0, revision, tzinfo=UTC))
    return state


def _told(state: JobState | None, *, to_owner: bool = False) -> dict[str, Any]:
    assert state is not None
    return json.loads(message(state, to_owner=to_owner))["job"]


@pytest.mark.parametrize(
    ("events", "status", "progress"),
    [
        ((SUBMITTED,), "queued", 0),
        ((SUBMITTED, STARTED), "processing", 0),
        ((SUBMITTED, STARTED, PROGRESSED), "processing", 40),
        ((SUBMITTED, STARTED, PROGRESSED, COMPLETED), "completed", 100),
        ((SUBMITTED, STARTED, PROGRESSED, FAILED), "failed", 40),
        ((SUBMITTED, jobs.JobCancelled(job_id=JOB, attempt=1)), "cancelled", 0),
        ((SUBMITTED, FAILED, jobs.JobRequeued(job_id=JOB, attempt=2)), "queued", 0),
        ((SUBMITTED, jobs.JobStatusSet(job_id=JOB, attempt=1, status=JobStatus.COMPLETED)), "completed", 100),
    ],
)
def test_status_and_progress_follow_the_events(events: tuple[JobEvent, ...], status: str, progress: int) -> None:
    told = _told(_after(*events))

    assert (told["status"], told["progress"]) == (status, progress)


def test_progress_never_falls() -> None:
    back = jobs.AnalysisProgressed(job_id=JOB, attempt=1, progress=10, stage="verify")

    assert _told(_after(SUBMITTED, PROGRESSED, back))["progress"] == 40


def test_whoever_knows_the_id_is_told_four_fields_and_no_more() -> None:
    assert _told(_after(SUBMITTED, STARTED, PROGRESSED)) == {
        "id": str(JOB),
        "status": "processing",
        "progress": 40,
        "updated_at": "2024-01-01T00:02:00Z",
    }


def test_the_owner_is_told_what_the_page_shows() -> None:
    told = _told(_after(SUBMITTED, COMPLETED), to_owner=True)

    assert told["results_payload"] == {"rows": []}
    assert (told["title"], told["file_name"], told["file_size"], told["revision"]) == ("Chest", "chest.zip", 9, 1)
    assert told["created_at"] == "2024-01-01T00:00:00Z"


def test_the_owner_is_told_why_it_failed_until_it_runs_again() -> None:
    failed = _told(_after(SUBMITTED, FAILED), to_owner=True)
    again = _told(_after(SUBMITTED, FAILED, jobs.JobRequeued(job_id=JOB, attempt=2)), to_owner=True)

    assert failed["failure"] == {"code": "NO_IMAGE", "message": "Нет изображений"}
    assert again["failure"] is None


def test_a_deleted_job_is_like_one_that_never_was() -> None:
    assert _after(SUBMITTED, jobs.JobDeleted(job_id=JOB)) is None
    assert json.loads(not_found(str(JOB))) == {"type": "job.not_found", "job_id": str(JOB)}
