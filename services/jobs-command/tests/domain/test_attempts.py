from uuid import UUID

import pytest

from california_gold_contracts.jobs import (
    AnalysisCompleted,
    AnalysisFailed,
    AnalysisProgressed,
    AnalysisStarted,
    Artifact,
    JobRequeued,
    JobStatus,
    JobStatusSet,
)
from jobs_command.domain.commands import AttemptCommand, Command, NoteCompletion, NoteFailure, NoteProgress, NoteStart
from jobs_command.domain.job import Job
from testkit.scenario import Scenario

JobScenario = Scenario[Job | None, Command]


def of_attempt(attempt: int) -> list[AttemptCommand]:
    return [
        NoteStart(attempt, "analyzer/1"),
        NoteProgress(attempt, 90, "measure"),
        NoteCompletion(attempt, {}, ()),
        NoteFailure(attempt, "INTERNAL", "Ошибка", retryable=True),
    ]


def test_a_taken_job_is_processing(queued: JobScenario, job_id: UUID) -> None:
    after = queued.when(NoteStart(1, "analyzer/1")).then(
        AnalysisStarted(job_id=job_id, attempt=1, analyzer="analyzer/1")
    )
    assert after.state is not None
    assert after.state.status == "processing"


def test_a_second_start_of_the_same_attempt_changes_nothing(processing: JobScenario) -> None:
    processing.when(NoteStart(1, "analyzer/2")).then_nothing()


def test_a_start_counts_although_the_owner_said_processing_before(queued: JobScenario, job_id: UUID) -> None:
    overridden = queued.given(JobStatusSet(job_id=job_id, attempt=1, status=JobStatus.PROCESSING))
    overridden.when(NoteStart(1, "analyzer/1")).then(AnalysisStarted(job_id=job_id, attempt=1, analyzer="analyzer/1"))


def test_progress_rises(processing: JobScenario, job_id: UUID) -> None:
    processing.when(NoteProgress(1, 80, "detect")).then(
        AnalysisProgressed(job_id=job_id, attempt=1, progress=80, stage="detect")
    )


@pytest.mark.parametrize(("progress", "stage"), [(40, "decode"), (39, "detect"), (0, "fetch")])
def test_progress_never_falls_nor_repeats(processing: JobScenario, progress: int, stage: str) -> None:
    processing.when(NoteProgress(1, progress, stage)).then_nothing()


def test_progress_before_the_start_says_that_it_is_processing(queued: JobScenario, job_id: UUID) -> None:
    after = queued.when(NoteProgress(1, 5, "fetch")).then(
        AnalysisProgressed(job_id=job_id, attempt=1, progress=5, stage="fetch")
    )
    assert after.state is not None
    assert after.state.status == "processing"


def test_a_result_completes_the_job(processing: JobScenario, job_id: UUID, mask: Artifact) -> None:
    after = processing.when(NoteCompletion(1, {"findings": []}, (mask,))).then(
        AnalysisCompleted(job_id=job_id, attempt=1, results={"findings": []}, artifacts=(mask,))
    )
    assert after.state is not None
    assert (after.state.status, after.state.progress, after.state.results) == ("completed", 100, {"findings": []})


@pytest.mark.parametrize("retryable", [True, False])
def test_a_failure_fails_the_job_with_its_reason(processing: JobScenario, job_id: UUID, *, retryable: bool) -> None:
    after = processing.when(NoteFailure(1, "NO_IMAGE", "Нет снимков", retryable)).then(
        AnalysisFailed(job_id=job_id, attempt=1, reason="NO_IMAGE", message="Нет снимков", retryable=retryable)
    )
    assert after.state is not None
    assert after.state.failure == {"code": "NO_IMAGE", "message": "Нет снимков"}


@pytest.mark.parametrize("command", of_attempt(1))
@pytest.mark.parametrize("state", ["completed", "failed", "cancelled", "deleted", "no_job"])
def test_facts_about_an_ended_or_missing_job_change_nothing(
    request: pytest.FixtureRequest, state: str, command: Command
) -> None:
    scenario: JobScenario = request.getfixturevalue(state)
    scenario.when(command).then_nothing()


@pytest.mark.parametrize("command", [*of_attempt(1), *of_attempt(3)])
def test_only_the_present_attempt_counts(failed: JobScenario, job_id: UUID, command: Command) -> None:
    failed.given(JobRequeued(job_id=job_id, attempt=2)).when(command).then_nothing()


def test_a_new_attempt_runs_from_the_beginning(failed: JobScenario, job_id: UUID) -> None:
    again = failed.given(JobRequeued(job_id=job_id, attempt=2))
    after = again.when(NoteProgress(2, 5, "fetch")).then(
        AnalysisProgressed(job_id=job_id, attempt=2, progress=5, stage="fetch")
    )
    assert after.state is not None
    assert after.state.failure is None
