"""The message `job.update` after each history of events."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from california_gold_contracts import jobs
from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.jobs import JobEvent, JobInput, JobStatus
from notifier.domain.job_update import JobState, evolve, job_not_found, job_update

JOB = UUID("0b9f7c7e-5a51-4c39-8b7e-3a1f6f0c2d11")
FILE = JobInput(object_key="jobs/1/x/y", name="chest.zip", size=9, sha256="ab", content_type="application/zip")
SUBMITTED = jobs.JobSubmitted(job_id=JOB, number=4, owner_id=7, title="Chest", description=None, input=FILE)
STARTED = jobs.AnalysisStarted(job_id=JOB, attempt=1, analyzer="a")
PROGRESSED = jobs.AnalysisProgressed(job_id=JOB, attempt=1, progress=40, stage="decode")
COMPLETED = jobs.AnalysisCompleted(job_id=JOB, attempt=1, results={"rows": []}, artifacts=())
FAILED = jobs.AnalysisFailed(job_id=JOB, attempt=1, reason="NO_IMAGE", message="Нет изображений", retryable=False)


def _state_after(*events: JobEvent) -> JobState | None:
    state = None
    for revision, event in enumerate(events):
        time = datetime(2024, 1, 1, 0, revision, tzinfo=UTC)
        envelope = Envelope(uuid4(), event.wire_type, "/tests", str(JOB), time, encode(event), revision=revision)
        state = evolve(state, event, envelope)
    return state


def _update_after(*events: JobEvent, to_owner: bool = False) -> dict[str, Any]:
    state = _state_after(*events)
    assert state is not None
    return json.loads(job_update(state, to_owner=to_owner))["job"]


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
    job = _update_after(*events)

    assert (job["status"], job["progress"]) == (status, progress)


def test_progress_never_falls_within_an_attempt() -> None:
    lower = jobs.AnalysisProgressed(job_id=JOB, attempt=1, progress=10, stage="verify")
    higher = jobs.AnalysisProgressed(job_id=JOB, attempt=1, progress=60, stage="measure")

    assert _update_after(SUBMITTED, PROGRESSED, lower)["progress"] == 40
    assert _update_after(SUBMITTED, PROGRESSED, lower, jobs.JobCancelled(job_id=JOB, attempt=1))["progress"] == 40
    assert _update_after(SUBMITTED, PROGRESSED, lower, higher)["progress"] == 60


def test_progress_of_the_next_attempt_starts_at_zero() -> None:
    requeued = jobs.JobRequeued(job_id=JOB, attempt=2)
    lower = jobs.AnalysisProgressed(job_id=JOB, attempt=2, progress=10, stage="verify")

    assert _update_after(SUBMITTED, PROGRESSED, FAILED, requeued)["progress"] == 0
    assert _update_after(SUBMITTED, PROGRESSED, FAILED, requeued, lower)["progress"] == 10


def test_a_client_that_is_not_the_owner_receives_four_fields_only() -> None:
    assert list(_update_after(SUBMITTED, STARTED, PROGRESSED).items()) == [
        ("id", str(JOB)),
        ("status", "processing"),
        ("progress", 40),
        ("updated_at", "2024-01-01T00:02:00Z"),
    ]


def test_the_owner_receives_what_the_page_shows() -> None:
    assert list(_update_after(SUBMITTED, COMPLETED, to_owner=True).items()) == [
        ("id", str(JOB)),
        ("status", "completed"),
        ("progress", 100),
        ("updated_at", "2024-01-01T00:01:00Z"),
        ("revision", 1),
        ("title", "Chest"),
        ("created_at", "2024-01-01T00:00:00Z"),
        ("file_name", "chest.zip"),
        ("file_size", 9),
        ("results_payload", {"rows": []}),
        ("failure", None),
    ]


def test_a_submitted_job_was_updated_when_it_was_created() -> None:
    assert _update_after(SUBMITTED)["updated_at"] == "2024-01-01T00:00:00Z"


def test_the_owner_receives_the_failure_until_the_job_is_requeued() -> None:
    failed = _update_after(SUBMITTED, FAILED, to_owner=True)
    requeued = _update_after(SUBMITTED, FAILED, jobs.JobRequeued(job_id=JOB, attempt=2), to_owner=True)

    assert failed["failure"] == {"code": "NO_IMAGE", "message": "Нет изображений"}
    assert requeued["failure"] is None


def test_a_deleted_job_has_no_state() -> None:
    assert _state_after(SUBMITTED, jobs.JobDeleted(job_id=JOB)) is None
    assert json.loads(job_not_found(str(JOB))) == {"type": "job.not_found", "job_id": str(JOB)}
