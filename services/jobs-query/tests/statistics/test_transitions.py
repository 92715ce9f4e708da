"""The transition of each event."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from california_gold_contracts.event import Event
from california_gold_contracts.jobs import (
    JobStatus,
    JobStatusSet,
)
from chassis.projections.projector import View
from jobs_query.statistics.job_states import STATUS_SET, JobStatesProjection
from jobs_query.statistics.transition import Transition, milliseconds, transition
from testkit.job_events import (
    ATTACHED,
    CANCELLED,
    COMPLETED,
    DELETED,
    DESCRIBED,
    FAILED,
    JOB_ID,
    PROGRESSED,
    REQUEUED,
    START_TIME,
    STARTED,
    SUBMITTED,
    SUBMITTED_WITHOUT_FILE,
    envelope,
    envelopes,
)

QUEUED, PROCESSING = JobStatus.QUEUED, JobStatus.PROCESSING
SECOND = 1000
EARLIER = START_TIME - timedelta(hours=1)


def transitions(*events: Event) -> Sequence[Transition | None]:
    """Return the transitions of events that happen one second after each other."""
    states, view, found = JobStatesProjection(), None, list[Transition | None]()
    for event, message in zip(events, envelopes(events, timedelta(seconds=1)), strict=True):
        after: View | None = states.apply(view, event, message)
        found.append(transition(view, after, milliseconds(message.time)))
        view = after
    return found


def last(*events: Event) -> Transition:
    found = transitions(*events)[-1]
    assert found is not None
    return found


def test_a_submitted_job_is_queued():
    assert transitions(SUBMITTED) == [Transition(milliseconds(START_TIME), None, QUEUED)]


def test_an_attempt_waits_from_its_submission_until_it_starts():
    started = last(SUBMITTED, DESCRIBED, STARTED)
    assert (started.before, started.after, started.waited_ms, started.ran_ms) == (QUEUED, PROCESSING, 2 * SECOND, None)


def test_a_job_without_a_file_does_not_wait_for_an_analysis_yet():
    assert transitions(SUBMITTED_WITHOUT_FILE, ATTACHED)[1] is None
    assert last(SUBMITTED_WITHOUT_FILE, ATTACHED, STARTED).waited_ms == SECOND
    assert last(SUBMITTED_WITHOUT_FILE, CANCELLED, REQUEUED, ATTACHED, STARTED).waited_ms == SECOND


def test_progress_alone_starts_an_attempt():
    assert last(SUBMITTED, PROGRESSED).waited_ms == SECOND
    assert transitions(SUBMITTED, STARTED, PROGRESSED, PROGRESSED)[2:] == [None, None]


@pytest.mark.parametrize(("end", "status"), [(COMPLETED, "completed"), (FAILED, "failed"), (CANCELLED, "cancelled")])
def test_an_attempt_runs_from_its_start_to_its_end(end: Event, status: str):
    ended = last(SUBMITTED, STARTED, PROGRESSED, end)
    assert (ended.before, ended.after, ended.ran_ms, ended.waited_ms) == (PROCESSING, status, 2 * SECOND, None)


def test_only_a_failure_has_a_reason():
    assert last(SUBMITTED, STARTED, FAILED).reason == "NO_IMAGE"
    assert (
        last(SUBMITTED, STARTED, JobStatusSet(job_id=JOB_ID, attempt=1, status=JobStatus.FAILED)).reason == STATUS_SET
    )
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
    found = transitions(SUBMITTED, STARTED, FAILED, DESCRIBED, REQUEUED, STARTED)
    assert [change and (change.waited_ms, change.ran_ms) for change in found] == [
        (None, None),
        (SECOND, None),
        (None, SECOND),
        None,
        (None, None),
        (SECOND, None),
    ]


def test_a_status_set_by_a_person_starts_no_attempt():
    by_hand = JobStatusSet(job_id=JOB_ID, attempt=1, status=PROCESSING)
    moved, started, completed = transitions(SUBMITTED, by_hand, STARTED, COMPLETED)[1:]
    assert moved is not None
    assert started is not None
    assert completed is not None
    assert (moved.before, moved.after, moved.waited_ms) == (QUEUED, PROCESSING, None)
    assert (started.before, started.after, started.waited_ms) == (PROCESSING, PROCESSING, 2 * SECOND)
    assert completed.ran_ms == SECOND


def test_a_deleted_job_has_no_status_and_no_later_transitions():
    deleted, *later = transitions(SUBMITTED, STARTED, DELETED, COMPLETED, DELETED)[2:]
    assert deleted == Transition(milliseconds(START_TIME) + 2 * SECOND, PROCESSING, None)
    assert later == [None, None]


def test_durations_are_not_negative_when_clocks_disagree():
    early = envelope(STARTED, 1, EARLIER)
    states = JobStatesProjection()
    view = states.apply(None, SUBMITTED, envelope(SUBMITTED, 0, START_TIME))
    found = transition(view, states.apply(view, STARTED, early), milliseconds(early.time))
    assert found is not None
    assert found.waited_ms == 0
