"""The job view after each event: the JSON object that `GET /jobs/{id}` answers."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from pydantic import JsonValue

from california_gold_contracts.catalog import JOBS, encode
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.job_body import Job
from california_gold_contracts.job_view import JOBS_READ_MODEL, JobView, apply, iso_time
from california_gold_contracts.jobs import (
    AnalysisCompleted,
    AnalysisFailed,
    AnalysisProgressed,
    AnalysisStarted,
    Artifact,
    JobCancelled,
    JobDeleted,
    JobDescribed,
    JobInput,
    JobInputAttached,
    JobRequeued,
    JobStatus,
    JobStatusSet,
    JobSubmitted,
)

JOB_ID = UUID("550e8400-e29b-41d4-a716-446655440000")
START = datetime(2024, 1, 1, tzinfo=UTC)
SCAN = JobInput(object_key="jobs/1/x/y", name="scan.zip", size=10, sha256="00", content_type="application/zip")
MASK = Artifact(name="mask.nii.gz", media_type="application/gzip", size=5, object_key="results/x/1/mask.nii.gz")
RESULTS: dict[str, JsonValue] = {"findings": [{"type": "lesion", "confidence": 0.95}]}
SUBMITTED = JobSubmitted(job_id=JOB_ID, number=7, owner_id=1, title=None, description=None, input=None)
FAILED = AnalysisFailed(job_id=JOB_ID, attempt=1, reason="NO_IMAGE", message="Нет снимков", retryable=False)
REQUEUED = JobRequeued(job_id=JOB_ID, attempt=2)
HISTORY: Sequence[Event] = (
    SUBMITTED,
    JobInputAttached(job_id=JOB_ID, attempt=1, input=SCAN),
    JobDescribed(job_id=JOB_ID, title="CT", description="chest"),
    AnalysisStarted(job_id=JOB_ID, attempt=1, analyzer="analyzer/1"),
    AnalysisProgressed(job_id=JOB_ID, attempt=1, progress=40, stage="decode"),
    AnalysisCompleted(job_id=JOB_ID, attempt=1, results=RESULTS, artifacts=(MASK,)),
)


def minute(number: int) -> str:
    return (START + timedelta(minutes=number)).isoformat().replace("+00:00", "Z")


def folded(*events: Event) -> JobView | None:
    """Fold events that happen a minute after each other."""
    view: JobView | None = None
    for number, event in enumerate(events):
        time = START + timedelta(minutes=number)
        envelope = Envelope(uuid4(), event.wire_type, "jobs-command", str(JOB_ID), time, encode(event))
        before = json.dumps(view)
        after = apply(view, event, envelope)
        assert json.dumps(view) == before, "the given view was changed"
        view = after
    return view


def view_after(*events: Event) -> JobView:
    view = folded(*events)
    assert view is not None
    assert list(Job.model_validate(view).model_dump()) == list(view)
    return view


def test_the_view_of_a_submitted_job() -> None:
    view = view_after(SUBMITTED.model_copy(update={"title": "CT", "input": SCAN}))

    assert list(view.items()) == [
        ("id", str(JOB_ID)),
        ("number", 7),
        ("title", "CT"),
        ("description", None),
        ("status", "queued"),
        ("progress", 0),
        ("file_name", "scan.zip"),
        ("file_size", 10),
        ("owner_id", 1),
        ("created_at", minute(0)),
        ("updated_at", None),
        ("results_payload", None),
        ("results_parsed_at", None),
        ("failure", None),
    ]


def test_every_later_event_sets_the_time_of_the_update() -> None:
    for length in range(2, len(HISTORY) + 1):
        assert view_after(*HISTORY[:length])["updated_at"] == minute(length - 1)


def test_a_completed_job_has_its_results() -> None:
    view = view_after(*HISTORY)

    assert (view["status"], view["progress"], view["results_payload"]) == ("completed", 100, RESULTS)
    assert view["results_parsed_at"] == view["updated_at"] == minute(5)
    assert (view["title"], view["description"], view["file_name"], view["file_size"]) == ("CT", "chest", "scan.zip", 10)


def test_a_failed_job_has_its_failure() -> None:
    view = view_after(*HISTORY[:5], FAILED)

    assert (view["status"], view["progress"]) == ("failed", 40)
    assert view["failure"] == {"code": "NO_IMAGE", "message": "Нет снимков"}


@pytest.mark.parametrize("end", [HISTORY[5], FAILED])
def test_a_requeued_job_has_neither_result_nor_failure(end: Event) -> None:
    view = view_after(*HISTORY[:5], end, REQUEUED)

    shown = [view[name] for name in ("status", "progress", "results_payload", "results_parsed_at", "failure")]
    assert shown == ["queued", 0, None, None, None]


@pytest.mark.parametrize(
    ("event", "status", "progress"),
    [
        (AnalysisStarted(job_id=JOB_ID, attempt=1, analyzer="analyzer/1"), "processing", 40),
        (JobCancelled(job_id=JOB_ID, attempt=1), "cancelled", 40),
        (JobStatusSet(job_id=JOB_ID, attempt=1, status=JobStatus.COMPLETED), "completed", 100),
        (JobStatusSet(job_id=JOB_ID, attempt=1, status=JobStatus.FAILED), "failed", 40),
    ],
)
def test_an_event_sets_status_and_progress(event: Event, status: str, progress: int) -> None:
    view = view_after(*HISTORY[:5], event)

    assert (view["status"], view["progress"], view["results_payload"]) == (status, progress, None)


def test_a_deleted_job_has_no_view() -> None:
    assert folded(*HISTORY, JobDeleted(job_id=JOB_ID)) is None
    assert folded(*HISTORY, JobDeleted(job_id=JOB_ID), FAILED) is None


def test_every_event_type_of_a_job_is_covered() -> None:
    events = {type(event) for event in (*HISTORY, FAILED, REQUEUED)}

    assert events | {JobCancelled, JobStatusSet, JobDeleted} == set(JOBS.events)


def test_the_keys_of_the_read_model_are_fields_of_the_view() -> None:
    assert set(JOBS_READ_MODEL.keys) <= set(view_after(SUBMITTED))
    assert {key for index in JOBS_READ_MODEL.indexes for key in index} <= set(JOBS_READ_MODEL.keys)


def test_times_are_written_in_utc_as_z() -> None:
    assert iso_time(START) == "2024-01-01T00:00:00Z"
    assert iso_time(START.replace(microsecond=5)) == "2024-01-01T00:00:00.000005Z"
