"""A job in each of its states, as the events that led there."""

from collections.abc import Callable
from uuid import UUID

import pytest

from california_gold_contracts.jobs import (
    AnalysisCompleted,
    AnalysisFailed,
    AnalysisProgressed,
    AnalysisStarted,
    Artifact,
    JobCancelled,
    JobDeleted,
    JobInput,
    JobSubmitted,
)
from jobs_command.domain.commands import Command
from jobs_command.domain.job import JOB, Job
from testkit.scenario import Scenario

JOB_ID = UUID("550e8400-e29b-41d4-a716-446655440000")
JobScenario = Scenario[Job | None, Command]


@pytest.fixture
def job_id() -> UUID:
    return JOB_ID


@pytest.fixture
def scan() -> JobInput:
    return JobInput(
        object_key=f"jobs/1/{JOB_ID}/upload", name="scan.zip", size=10, sha256="00", content_type="application/zip"
    )


@pytest.fixture
def mask() -> Artifact:
    return Artifact(name="mask.nii.gz", media_type="application/gzip", size=5, object_key=f"results/{JOB_ID}/1/mask")


@pytest.fixture
def submitted(scan: JobInput) -> JobSubmitted:
    return JobSubmitted(job_id=JOB_ID, number=7, owner_id=1, title="CT", description="chest", input=scan)


@pytest.fixture
def no_job() -> JobScenario:
    return Scenario(JOB)


@pytest.fixture
def queued(no_job: JobScenario, submitted: JobSubmitted) -> JobScenario:
    return no_job.given(submitted)


@pytest.fixture
def waiting_for_a_file(no_job: JobScenario) -> JobScenario:
    return no_job.given(JobSubmitted(job_id=JOB_ID, number=7, owner_id=1, title=None, description=None, input=None))


@pytest.fixture
def processing(queued: JobScenario) -> JobScenario:
    return queued.given(
        AnalysisStarted(job_id=JOB_ID, attempt=1, analyzer="analyzer/1"),
        AnalysisProgressed(job_id=JOB_ID, attempt=1, progress=40, stage="decode"),
    )


@pytest.fixture
def completed(processing: JobScenario, mask: Artifact) -> JobScenario:
    return processing.given(AnalysisCompleted(job_id=JOB_ID, attempt=1, results={"findings": []}, artifacts=(mask,)))


@pytest.fixture
def failed(processing: JobScenario) -> JobScenario:
    return processing.given(
        AnalysisFailed(job_id=JOB_ID, attempt=1, reason="NO_IMAGE", message="Нет снимков", retryable=False)
    )


@pytest.fixture
def cancelled(processing: JobScenario) -> JobScenario:
    return processing.given(JobCancelled(job_id=JOB_ID, attempt=1))


@pytest.fixture
def deleted(completed: JobScenario) -> JobScenario:
    return completed.given(JobDeleted(job_id=JOB_ID))


@pytest.fixture
def in_state(
    queued: JobScenario, processing: JobScenario, completed: JobScenario, failed: JobScenario, cancelled: JobScenario
) -> Callable[[str], JobScenario]:
    states = {
        "queued": queued,
        "processing": processing,
        "completed": completed,
        "failed": failed,
        "cancelled": cancelled,
    }
    return states.__getitem__
