from uuid import UUID

import pytest

from analyzer.domain.requested_attempt import requested_attempt
from california_gold_contracts import jobs
from california_gold_contracts.jobs import JobEvent, JobInput, JobStatus

JOB = UUID("0b9f7c7e-5a51-4c39-8b7e-3a1f6f0c2d11")
FILE = JobInput(object_key="jobs/1/x/y", name="chest.zip", size=9, sha256="ab", content_type="application/zip")
SUBMITTED = jobs.JobSubmitted(job_id=JOB, number=4, owner_id=7, title=None, description=None, input=FILE)
WITHOUT_FILE = SUBMITTED.model_copy(update={"input": None})
ATTACHED = jobs.JobInputAttached(job_id=JOB, attempt=1, input=FILE)
REQUEUED = jobs.JobRequeued(job_id=JOB, attempt=2)
STARTED = jobs.AnalysisStarted(job_id=JOB, attempt=1, analyzer="a")
COMPLETED = jobs.AnalysisCompleted(job_id=JOB, attempt=1, results={}, artifacts=())
FAILED = jobs.AnalysisFailed(job_id=JOB, attempt=1, reason="INTERNAL", message="m", retryable=True)
CANCELLED = jobs.JobCancelled(job_id=JOB, attempt=1)


def _set(status: JobStatus) -> jobs.JobStatusSet:
    return jobs.JobStatusSet(job_id=JOB, attempt=1, status=status)


def test_a_job_without_events_has_no_attempt() -> None:
    assert requested_attempt([]) is None


@pytest.mark.parametrize(
    ("history", "attempt"),
    [
        ([SUBMITTED], 1),
        ([SUBMITTED, STARTED], 1),
        ([SUBMITTED, _set(JobStatus.PROCESSING)], 1),
        ([WITHOUT_FILE, ATTACHED], 1),
        ([SUBMITTED, FAILED, REQUEUED], 2),
        ([SUBMITTED, CANCELLED, REQUEUED], 2),
    ],
)
def test_an_attempt_is_active_until_it_ends(history: list[JobEvent], attempt: int) -> None:
    found = requested_attempt(history)

    assert found is not None
    assert (found.active, found.attempt, found.input, found.owner_id) == (True, attempt, FILE, 7)


@pytest.mark.parametrize(
    "ended",
    [COMPLETED, FAILED, CANCELLED, jobs.JobDeleted(job_id=JOB), _set(JobStatus.COMPLETED), _set(JobStatus.FAILED)],
)
def test_an_ended_attempt_is_not_active(ended: JobEvent) -> None:
    found = requested_attempt([SUBMITTED, STARTED, ended])

    assert found is not None
    assert not found.active


def test_an_attempt_of_a_job_without_a_file_has_no_input() -> None:
    found = requested_attempt([WITHOUT_FILE])

    assert found is not None
    assert found.input is None
