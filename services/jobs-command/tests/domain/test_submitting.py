from uuid import UUID

from california_gold_contracts.jobs import JobInput, JobSubmitted
from jobs_command.domain.commands import Command, SubmitJob
from jobs_command.domain.job import Job
from testkit.scenario import Scenario

JobScenario = Scenario[Job | None, Command]


def test_a_job_is_submitted_with_its_file(no_job: JobScenario, job_id: UUID, scan: JobInput) -> None:
    no_job.when(SubmitJob(job_id, 7, 1, "CT", "chest", scan)).then(
        JobSubmitted(job_id=job_id, number=7, owner_id=1, title="CT", description="chest", input=scan)
    )


def test_a_job_without_a_title_is_named_after_its_file(no_job: JobScenario, job_id: UUID, scan: JobInput) -> None:
    no_job.when(SubmitJob(job_id, 7, 1, None, None, scan)).then(
        JobSubmitted(job_id=job_id, number=7, owner_id=1, title="scan.zip", description=None, input=scan)
    )


def test_empty_texts_are_recorded_as_absent(no_job: JobScenario, job_id: UUID) -> None:
    no_job.when(SubmitJob(job_id, 7, 1, "", "", None)).then(
        JobSubmitted(job_id=job_id, number=7, owner_id=1, title=None, description=None, input=None)
    )


def test_submitting_an_existing_job_changes_nothing(queued: JobScenario, job_id: UUID) -> None:
    queued.when(SubmitJob(job_id, 8, 2, "other", None, None)).then_nothing()


def test_a_submitted_job_is_queued_for_its_first_attempt(queued: JobScenario) -> None:
    job = queued.state
    assert job is not None
    assert (job.status, job.attempt, job.progress) == ("queued", 1, 0)
