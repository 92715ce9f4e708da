"""The analyzer's events as commands of a job: what the job records of them."""

from typing import get_args
from uuid import UUID

import pytest

from california_gold_contracts import analysis, catalog, jobs
from california_gold_contracts.jobs import Artifact, JobStatus
from jobs_command.domain.commands import AnalysisEvent, Command
from jobs_command.domain.job import Job
from testkit.job_events import JOB_ID
from testkit.scenario import Scenario

JobScenario = Scenario[Job | None, Command]


def started(attempt: int = 1, analyzer: str = "analyzer/1") -> analysis.AnalysisStarted:
    return analysis.AnalysisStarted(job_id=JOB_ID, attempt=attempt, analyzer=analyzer)


def progressed(attempt: int, progress: int, stage: str) -> analysis.AnalysisProgressed:
    return analysis.AnalysisProgressed(job_id=JOB_ID, attempt=attempt, progress=progress, stage=stage)


def completed_with(*artifacts: Artifact, attempt: int = 1) -> analysis.AnalysisCompleted:
    return analysis.AnalysisCompleted(job_id=JOB_ID, attempt=attempt, results={"findings": []}, artifacts=artifacts)


def failed_with(reason: str, message: str, *, retryable: bool, attempt: int = 1) -> analysis.AnalysisFailed:
    return analysis.AnalysisFailed(job_id=JOB_ID, attempt=attempt, reason=reason, message=message, retryable=retryable)


def events_of_attempt(attempt: int) -> list[AnalysisEvent]:
    return [
        started(attempt),
        progressed(attempt, 90, "measure"),
        completed_with(attempt=attempt),
        failed_with("INTERNAL", "Ошибка", retryable=True, attempt=attempt),
    ]


def test_every_event_of_the_analyzer_is_a_command_of_the_job() -> None:
    assert set(get_args(AnalysisEvent)) == set(catalog.ANALYSIS.events)


def test_a_started_job_is_processing(queued: JobScenario, job_id: UUID) -> None:
    after = queued.when(started()).then(jobs.AnalysisStarted(job_id=job_id, attempt=1, analyzer="analyzer/1"))
    assert after.state is not None
    assert after.state.status == "processing"


def test_a_second_start_of_the_same_attempt_changes_nothing(processing: JobScenario) -> None:
    processing.when(started(analyzer="analyzer/2")).then_nothing()


def test_a_start_is_recorded_although_the_owner_has_set_processing(queued: JobScenario, job_id: UUID) -> None:
    overridden = queued.given(jobs.JobStatusSet(job_id=job_id, attempt=1, status=JobStatus.PROCESSING))
    overridden.when(started()).then(jobs.AnalysisStarted(job_id=job_id, attempt=1, analyzer="analyzer/1"))


def test_higher_progress_is_recorded(processing: JobScenario, job_id: UUID) -> None:
    processing.when(progressed(1, 80, "detect")).then(
        jobs.AnalysisProgressed(job_id=job_id, attempt=1, progress=80, stage="detect")
    )


@pytest.mark.parametrize(("progress", "stage"), [(40, "decode"), (39, "detect"), (0, "fetch")])
def test_lower_or_repeated_progress_changes_nothing(processing: JobScenario, progress: int, stage: str) -> None:
    processing.when(progressed(1, progress, stage)).then_nothing()


def test_progress_before_the_start_makes_the_job_processing(queued: JobScenario, job_id: UUID) -> None:
    after = queued.when(progressed(1, 5, "fetch")).then(
        jobs.AnalysisProgressed(job_id=job_id, attempt=1, progress=5, stage="fetch")
    )
    assert after.state is not None
    assert after.state.status == "processing"


def test_a_result_completes_the_job(processing: JobScenario, job_id: UUID, mask: Artifact) -> None:
    after = processing.when(completed_with(mask)).then(
        jobs.AnalysisCompleted(job_id=job_id, attempt=1, results={"findings": []}, artifacts=(mask,))
    )
    assert after.state is not None
    assert (after.state.status, after.state.progress, after.state.results) == ("completed", 100, {"findings": []})


@pytest.mark.parametrize("retryable", [True, False])
def test_a_failure_fails_the_job_with_its_reason(processing: JobScenario, job_id: UUID, *, retryable: bool) -> None:
    after = processing.when(failed_with("NO_IMAGE", "Нет снимков", retryable=retryable)).then(
        jobs.AnalysisFailed(job_id=job_id, attempt=1, reason="NO_IMAGE", message="Нет снимков", retryable=retryable)
    )
    assert after.state is not None
    assert after.state.failure == {"code": "NO_IMAGE", "message": "Нет снимков"}


@pytest.mark.parametrize("command", events_of_attempt(1))
@pytest.mark.parametrize("state", ["completed", "failed", "cancelled", "deleted", "no_job"])
def test_events_of_an_ended_or_missing_job_change_nothing(
    request: pytest.FixtureRequest, state: str, command: Command
) -> None:
    scenario: JobScenario = request.getfixturevalue(state)
    scenario.when(command).then_nothing()


@pytest.mark.parametrize("command", [*events_of_attempt(1), *events_of_attempt(3)])
def test_events_of_another_attempt_change_nothing(failed: JobScenario, job_id: UUID, command: Command) -> None:
    failed.given(jobs.JobRequeued(job_id=job_id, attempt=2)).when(command).then_nothing()


def test_a_new_attempt_starts_without_the_failure_and_the_progress_of_the_last(
    failed: JobScenario, job_id: UUID
) -> None:
    requeued = failed.given(jobs.JobRequeued(job_id=job_id, attempt=2))
    after = requeued.when(progressed(2, 5, "fetch")).then(
        jobs.AnalysisProgressed(job_id=job_id, attempt=2, progress=5, stage="fetch")
    )
    assert after.state is not None
    assert after.state.failure is None
