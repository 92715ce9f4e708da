from collections.abc import Callable
from itertools import product
from uuid import UUID

import pytest

from california_gold_contracts.event import Event
from california_gold_contracts.jobs import JobCancelled, JobDescribed, JobRequeued, JobStatus, JobStatusSet
from jobs_command.domain.commands import ChangeJob, Command
from jobs_command.domain.errors import ForbiddenTransition
from jobs_command.domain.job import Job
from testkit.scenario import Scenario

JobScenario = Scenario[Job | None, Command]
InState = Callable[[str], JobScenario]

ENDS = ("completed", "failed", "cancelled")
ALLOWED = {
    *(("queued", later) for later in ("processing", *ENDS)),
    *(("processing", later) for later in ENDS),
    *((end, "queued") for end in ENDS),
}
FORBIDDEN = {(old, new) for old, new in product(JobStatus, JobStatus) if old != new} - ALLOWED


@pytest.mark.parametrize(("present", "wanted"), sorted(ALLOWED))
def test_the_owner_may_set_a_later_status_or_queue_an_ended_job(
    in_state: InState, job_id: UUID, present: str, wanted: str
) -> None:
    events: dict[str, Event] = {
        "queued": JobRequeued(job_id=job_id, attempt=2),
        "cancelled": JobCancelled(job_id=job_id, attempt=1),
    }
    expected = events.get(wanted) or JobStatusSet(job_id=job_id, attempt=1, status=JobStatus(wanted))
    after = in_state(present).when(ChangeJob(1, status=JobStatus(wanted))).then(expected)
    assert after.state is not None
    assert after.state.status == wanted


@pytest.mark.parametrize(("present", "wanted"), sorted(FORBIDDEN))
def test_any_other_transition_is_refused(in_state: InState, present: str, wanted: str) -> None:
    problem = in_state(present).when(ChangeJob(1, status=JobStatus(wanted))).then_refused(ForbiddenTransition)
    assert present in str(problem)
    assert wanted in str(problem)


@pytest.mark.parametrize("status", list(JobStatus))
def test_the_same_status_again_changes_nothing(in_state: InState, status: JobStatus) -> None:
    in_state(status).when(ChangeJob(1, status=status)).then_nothing()


def test_texts_and_status_change_together(queued: JobScenario, job_id: UUID) -> None:
    queued.when(ChangeJob(1, title="new", status=JobStatus.CANCELLED)).then(
        JobDescribed(job_id=job_id, title="new", description="chest"), JobCancelled(job_id=job_id, attempt=1)
    )


def test_a_forbidden_status_refuses_the_texts_of_the_same_change(completed: JobScenario) -> None:
    completed.when(ChangeJob(1, title="new", status=JobStatus.PROCESSING)).then_refused(ForbiddenTransition)


def test_a_requeued_job_has_no_result_or_progress_of_the_last_attempt(completed: JobScenario, job_id: UUID) -> None:
    requeued = completed.given(JobRequeued(job_id=job_id, attempt=2))
    assert requeued.state is not None
    assert (requeued.state.progress, requeued.state.results, requeued.state.artifacts) == (0, None, ())
    assert requeued.state.input is not None
