"""A job in each of its states, as the events that led there."""

from collections.abc import Callable
from uuid import UUID

import pytest

from california_gold_contracts.jobs import (
    Artifact,
    JobInput,
    JobSubmitted,
)
from jobs_command.domain.commands import Command
from jobs_command.domain.job import JOB, Job
from testkit import job_events
from testkit.scenario import Scenario

JobScenario = Scenario[Job | None, Command]


@pytest.fixture
def job_id() -> UUID:
    return job_events.JOB_ID


@pytest.fixture
def scan() -> JobInput:
    return job_events.SCAN


@pytest.fixture
def mask() -> Artifact:
    return job_events.MASK


@pytest.fixture
def submitted() -> JobSubmitted:
    return job_events.SUBMITTED.model_copy(update={"title": "CT", "description": "chest"})


@pytest.fixture
def no_job() -> JobScenario:
    return Scenario(JOB)


@pytest.fixture
def queued(no_job: JobScenario, submitted: JobSubmitted) -> JobScenario:
    return no_job.given(submitted)


@pytest.fixture
def waiting_for_a_file(no_job: JobScenario) -> JobScenario:
    return no_job.given(job_events.SUBMITTED_WITHOUT_FILE)


@pytest.fixture
def processing(queued: JobScenario) -> JobScenario:
    return queued.given(job_events.STARTED, job_events.PROGRESSED)


@pytest.fixture
def completed(processing: JobScenario) -> JobScenario:
    return processing.given(job_events.COMPLETED)


@pytest.fixture
def failed(processing: JobScenario) -> JobScenario:
    return processing.given(job_events.FAILED)


@pytest.fixture
def cancelled(processing: JobScenario) -> JobScenario:
    return processing.given(job_events.CANCELLED)


@pytest.fixture
def deleted(completed: JobScenario) -> JobScenario:
    return completed.given(job_events.DELETED)


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
