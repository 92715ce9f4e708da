"""The job view after each event: the JSON object that `GET /jobs/{id}` answers."""

import json
from datetime import timedelta

import pytest

from california_gold_contracts.catalog import JOBS
from california_gold_contracts.event import Event
from california_gold_contracts.job_body import Job
from california_gold_contracts.job_view import JOBS_READ_MODEL, JobView, apply, iso_time
from california_gold_contracts.jobs import (
    JobCancelled,
    JobDeleted,
    JobStatus,
    JobStatusSet,
)
from testkit.job_events import (
    CANCELLED,
    COMPLETED,
    DELETED,
    FAILED,
    HISTORY,
    JOB_ID,
    REQUEUED,
    START_TIME,
    STARTED,
    SUBMITTED,
    envelopes,
)


def minute(number: int) -> str:
    return (START_TIME + timedelta(minutes=number)).isoformat().replace("+00:00", "Z")


def folded(*events: Event) -> JobView | None:
    """Fold events that happen a minute after each other."""
    view: JobView | None = None
    for event, envelope in zip(events, envelopes(events), strict=True):
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
    view = view_after(SUBMITTED.model_copy(update={"title": "CT"}))

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

    assert (view["status"], view["progress"], view["results_payload"]) == ("completed", 100, COMPLETED.results)
    assert view["results_parsed_at"] == view["updated_at"] == minute(5)
    assert (view["title"], view["description"], view["file_name"], view["file_size"]) == ("CT", "chest", "scan.zip", 10)


def test_a_failed_job_has_its_failure() -> None:
    view = view_after(*HISTORY[:5], FAILED)

    assert (view["status"], view["progress"]) == ("failed", 40)
    assert view["failure"] == {"code": "NO_IMAGE", "message": "Нет снимков"}


@pytest.mark.parametrize("end", [COMPLETED, FAILED])
def test_a_requeued_job_has_neither_result_nor_failure(end: Event) -> None:
    view = view_after(*HISTORY[:5], end, REQUEUED)

    shown = [view[name] for name in ("status", "progress", "results_payload", "results_parsed_at", "failure")]
    assert shown == ["queued", 0, None, None, None]


@pytest.mark.parametrize(
    ("event", "status", "progress"),
    [
        (STARTED, "processing", 40),
        (CANCELLED, "cancelled", 40),
        (JobStatusSet(job_id=JOB_ID, attempt=1, status=JobStatus.COMPLETED), "completed", 100),
        (JobStatusSet(job_id=JOB_ID, attempt=1, status=JobStatus.FAILED), "failed", 40),
    ],
)
def test_an_event_sets_status_and_progress(event: Event, status: str, progress: int) -> None:
    view = view_after(*HISTORY[:5], event)

    assert (view["status"], view["progress"], view["results_payload"]) == (status, progress, None)


def test_a_deleted_job_has_no_view() -> None:
    assert folded(*HISTORY, DELETED) is None
    assert folded(*HISTORY, DELETED, FAILED) is None


def test_every_event_type_of_a_job_is_covered() -> None:
    events = {type(event) for event in (*HISTORY, FAILED, REQUEUED)}

    assert events | {JobCancelled, JobStatusSet, JobDeleted} == set(JOBS.events)


def test_the_keys_of_the_read_model_are_fields_of_the_view() -> None:
    assert set(JOBS_READ_MODEL.keys) <= set(view_after(SUBMITTED))
    assert {key for index in JOBS_READ_MODEL.indexes for key in index} <= set(JOBS_READ_MODEL.keys)


def test_times_are_written_in_utc_as_z() -> None:
    assert iso_time(START_TIME) == "2024-01-01T00:00:00Z"
    assert iso_time(START_TIME.replace(microsecond=5)) == "2024-01-01T00:00:00.000005Z"
