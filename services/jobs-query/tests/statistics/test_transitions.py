"""The transition of each event."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import (
    AnalysisCompleted,
    AnalysisFailed,
    AnalysisProgressed,
    AnalysisStarted,
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
from chassis.projections.projector import View
from jobs_query.statistics.job_states import STATUS_SET, JobStatesProjection
from jobs_query.statistics.transition import Transition, milliseconds, transition

JOB = UUID("550e8400-e29b-41d4-a716-446655440000")
START = datetime(2024, 1, 1, tzinfo=UTC)
SCAN = JobInput(object_key="jobs/1/x/y", name="scan.zip", size=10, sha256="00", content_type="application/zip")
WITHOUT_FILE = JobSubmitted(job_id=JOB, number=7, owner_id=1, title=None, description=None, input=None)
SUBMITTED = WITHOUT_FILE.model_copy(update={"input": SCAN})
STARTED = AnalysisStarted(job_id=JOB, attempt=1, analyzer="analyzer/1")
PROGRESSED = AnalysisProgressed(job_id=JOB, attempt=1, progress=40, stage="decode")
COMPLETED = AnalysisCompleted(job_id=JOB, attempt=1, results={}, artifacts=())
FAILED = AnalysisFailed(job_id=JOB, attempt=1, reason="NO_IMAGE", message="Нет снимков", retryable=False)
CANCELLED = JobCancelled(job_id=JOB, attempt=1)
REQUEUED = JobRequeued(job_id=JOB, attempt=2)
DELETED = JobDeleted(job_id=JOB)
QUEUED, PROCESSING = JobStatus.QUEUED, JobStatus.PROCESSING
SECOND = 1000


def transitions(*events: Event) -> Sequence[Transition | None]:
    """Return the transitions of events that happen one second after each other."""
    states, view, found = JobStatesProjection(), None, list[Transition | None]()
    for seconds, event in enumerate(events):
        time = START + timedelta(seconds=seconds)
        after: View | None = states.apply(
            view, event, Envelope(uuid4(), event.wire_type, "t", "s", time, encode(event))
        )
        found.append(transition(view, after, milliseconds(time)))
        view = after
    return found


def last(*events: Event) -> Transition:
    found = transitions(*events)[-1]
    assert found is not None
    return found


def test_a_submitted_job_is_queued():
    assert transitions(SUBMITTED) == [Transition(milliseconds(START), None, QUEUED)]


def test_an_attempt_waits_from_its_submission_until_it_starts():
    started = last(SUBMITTED, JobDescribed(job_id=JOB, title="CT", description=None), STARTED)
    assert (started.before, started.after, started.waited_ms, started.ran_ms) == (QUEUED, PROCESSING, 2 * SECOND, None)


def test_a_job_without_a_file_does_not_wait_for_an_analysis_yet():
    attached = JobInputAttached(job_id=JOB, attempt=1, input=SCAN)
    assert transitions(WITHOUT_FILE, attached)[1] is None
    assert last(WITHOUT_FILE, attached, STARTED).waited_ms == SECOND
    assert last(WITHOUT_FILE, CANCELLED, REQUEUED, attached, STARTED).waited_ms == SECOND


def test_progress_alone_starts_an_attempt():
    assert last(SUBMITTED, PROGRESSED).waited_ms == SECOND
    assert transitions(SUBMITTED, STARTED, PROGRESSED, PROGRESSED)[2:] == [None, None]


@pytest.mark.parametrize(("end", "status"), [(COMPLETED, "completed"), (FAILED, "failed"), (CANCELLED, "cancelled")])
def test_an_attempt_runs_from_its_start_to_its_end(end: Event, status: str):
    ended = last(SUBMITTED, STARTED, PROGRESSED, end)
    assert (ended.before, ended.after, ended.ran_ms, ended.waited_ms) == (PROCESSING, status, 2 * SECOND, None)


def test_only_a_failure_has_a_reason():
    assert last(SUBMITTED, STARTED, FAILED).reason == "NO_IMAGE"
    assert last(SUBMITTED, STARTED, JobStatusSet(job_id=JOB, attempt=1, status=JobStatus.FAILED)).reason == STATUS_SET
    later = transitions(SUBMITTED, STARTED, FAILED, REQUEUED, STARTED, COMPLETED)[3:]
    assert [change and change.reason for change in later] == [None, None, None]


def test_a_job_that_is_cancelled_in_the_queue_has_no_durations():
    cancelled = last(SUBMITTED, CANCELLED)
    assert (cancelled.before, cancelled.after, cancelled.waited_ms, cancelled.ran_ms) == (
        QUEUED,
        JobStatus.CANCELLED,
        None,
        None,
    )


def test_each_attempt_has_durations_of_its_own():
    found = transitions(
        SUBMITTED, STARTED, FAILED, JobDescribed(job_id=JOB, title="", description=None), REQUEUED, STARTED
    )
    assert [change and (change.waited_ms, change.ran_ms) for change in found] == [
        (None, None),
        (SECOND, None),
        (None, SECOND),
        None,
        (None, None),
        (SECOND, None),
    ]


def test_a_status_set_by_a_person_starts_no_attempt():
    by_hand = JobStatusSet(job_id=JOB, attempt=1, status=PROCESSING)
    moved, started, completed = transitions(SUBMITTED, by_hand, STARTED, COMPLETED)[1:]
    assert moved is not None
    assert started is not None
    assert completed is not None
    assert (moved.before, moved.after, moved.waited_ms) == (QUEUED, PROCESSING, None)
    assert (started.before, started.after, started.waited_ms) == (PROCESSING, PROCESSING, 2 * SECOND)
    assert completed.ran_ms == SECOND


def test_a_deleted_job_has_no_status_and_no_later_transitions():
    deleted, *later = transitions(SUBMITTED, STARTED, DELETED, COMPLETED, DELETED)[2:]
    assert deleted == Transition(milliseconds(START) + 2 * SECOND, PROCESSING, None)
    assert later == [None, None]


def test_durations_are_not_negative_when_clocks_disagree():
    early = Envelope(uuid4(), STARTED.wire_type, "t", "s", START - timedelta(hours=1), encode(STARTED))
    states = JobStatesProjection()
    view = states.apply(None, SUBMITTED, Envelope(uuid4(), SUBMITTED.wire_type, "t", "s", START, encode(SUBMITTED)))
    found = transition(view, states.apply(view, STARTED, early), milliseconds(early.time))
    assert found is not None
    assert found.waited_ms == 0
