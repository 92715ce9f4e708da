"""Reactions of the analyzer to events of jobs, with a real child process for each attempt."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psutil
import pytest
import pytest_asyncio

from analyzer.service import build
from analyzer.settings import AnalyzerSettings
from california_gold_contracts import analysis, catalog, jobs
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.jobs import JobInput
from california_gold_contracts.topics import ANALYSIS, JOBS
from chassis.composition.embedded import embedded
from chassis.messaging.relay import Relay
from chassis.ports.infrastructure import Infrastructure
from testkit.child_processes import analyses
from testkit.eventually import eventually
from testkit.images.dicom_files import write_ct_zip
from testkit.images.phantom import small_chest
from testkit.requested_attempts import append, submit
from testkit.running import running

OWNER = 7


@pytest.fixture(scope="module")
def chest(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("images") / "chest.zip"
    write_ct_zip(small_chest().volume, path)
    return path.read_bytes()


@pytest_asyncio.fixture
async def infrastructure(tmp_path: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data") as opened, running(Relay(opened, JOBS, ["job"]).run()):
        yield opened


@pytest_asyncio.fixture
async def analyzer(infrastructure: Infrastructure, tmp_path: Path) -> AsyncGenerator[None]:
    service = build(infrastructure, AnalyzerSettings(data_dir=tmp_path / "data"))
    async with running(*(worker.run() for worker in service.workers)):
        yield


@pytest.mark.usefixtures("analyzer")
async def test_an_attempt_publishes_its_start_progress_and_result(infrastructure: Infrastructure, chest: bytes) -> None:
    job = await _submitted(infrastructure, chest)

    published = await _published(infrastructure, job, analysis.AnalysisCompleted)

    types = [type(event) for event in published]
    progress = [event.progress for event in published if isinstance(event, analysis.AnalysisProgressed)]
    completed = published[-1]
    assert isinstance(completed, analysis.AnalysisCompleted)
    assert types[0] is analysis.AnalysisStarted
    assert types.count(analysis.AnalysisCompleted) == 1
    assert progress[0] == 5
    assert progress[-1] == 100
    assert progress == sorted(set(progress))
    summary: Any = completed.results["summary"]
    assert summary["lesions_count"] == 1
    for artifact in completed.artifacts:
        assert artifact.object_key == f"results/{job}/1/{artifact.name}"
        assert (await infrastructure.objects.stat(artifact.object_key)).size == artifact.size


@pytest.mark.usefixtures("analyzer")
async def test_a_result_larger_than_an_event_fails_the_attempt(
    infrastructure: Infrastructure, chest: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyzer.application.attempt.LARGEST_EVENT_BYTES", 1000)
    job = await _submitted(infrastructure, chest)
    published = await _published(infrastructure, job, analysis.AnalysisFailed)
    assert isinstance(published[-1], analysis.AnalysisFailed)
    assert published[-1].reason == "TOO_LARGE"
    assert not [event for event in published if isinstance(event, analysis.AnalysisCompleted)]
    assert [stored.key async for stored in infrastructure.objects.list("results/")] == []


@pytest.mark.usefixtures("analyzer")
async def test_an_unreadable_file_fails_its_attempt_and_the_next_job_runs(infrastructure: Infrastructure) -> None:
    first = await _submitted(infrastructure, b"this is no archive")
    second = await _submitted(infrastructure, b"neither is this")

    failures = [(await _published(infrastructure, job, analysis.AnalysisFailed))[-1] for job in (first, second)]

    assert [failure.model_dump()["reason"] for failure in failures] == ["NO_IMAGE", "NO_IMAGE"]
    assert [failure.model_dump()["retryable"] for failure in failures] == [False, False]


@pytest.mark.usefixtures("analyzer")
async def test_a_failure_of_the_infrastructure_is_retryable(
    infrastructure: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyzer.application.attempt._MAX_RETRIES", 0)
    file = JobInput(object_key="jobs/7/gone", name="x.zip", size=1, sha256="00", content_type="application/zip")
    lost = jobs.JobSubmitted(job_id=uuid4(), number=1, owner_id=OWNER, title=None, description=None, input=file)
    await append(infrastructure, lost)

    failure = (await _published(infrastructure, lost.job_id, analysis.AnalysisFailed))[-1].model_dump()
    assert (failure["reason"], failure["retryable"]) == ("INTERNAL", True)


@pytest.mark.usefixtures("analyzer")
@pytest.mark.parametrize("ending", [jobs.JobCancelled, jobs.JobDeleted])
async def test_ending_a_job_kills_its_child_process(
    infrastructure: Infrastructure, chest: bytes, ending: type[jobs.JobEvent], tmp_path: Path
) -> None:
    job = await _submitted(infrastructure, chest)
    child = await eventually(_child, within=30)

    await append(infrastructure, ending.model_validate({"job_id": job, "attempt": 1}))

    await eventually(lambda: _has_ended(child), within=2)
    await eventually(lambda: _empty(tmp_path / "data" / "work"))
    other = await _submitted(infrastructure, b"the analyzer lives")
    assert isinstance((await _published(infrastructure, other, analysis.AnalysisFailed))[-1], analysis.AnalysisFailed)
    assert not any(isinstance(event, analysis.AnalysisCompleted) for event in await _events(infrastructure, job))


async def test_a_job_ended_while_queued_is_not_started(
    infrastructure: Infrastructure, chest: bytes, tmp_path: Path
) -> None:
    cancelled = await _submitted(infrastructure, chest)
    await append(infrastructure, jobs.JobCancelled(job_id=cancelled, attempt=1))
    service = build(infrastructure, AnalyzerSettings(data_dir=tmp_path / "data"))
    async with running(*(worker.run() for worker in service.workers)):
        other = await _submitted(infrastructure, b"no archive")
        await _published(infrastructure, other, analysis.AnalysisFailed)

    assert await _events(infrastructure, cancelled) == []


@pytest.mark.usefixtures("analyzer")
async def test_equal_input_of_one_owner_reuses_the_result(infrastructure: Infrastructure, chest: bytes) -> None:
    first = await _submitted(infrastructure, chest)
    await _published(infrastructure, first, analysis.AnalysisCompleted)
    second = await _submitted(infrastructure, chest)
    found = (await _published(infrastructure, second, analysis.AnalysisCompleted))[-1].model_dump()
    stranger = await _submitted(infrastructure, chest, owner=OWNER + 1)
    theirs = (await _published(infrastructure, stranger, analysis.AnalysisCompleted))[-1].model_dump()

    assert found["results"]["provenance"]["reused_from"] == f"{first}/1"
    assert {artifact["object_key"] for artifact in found["artifacts"]} >= {f"results/{second}/1/mask.nii.gz"}
    assert theirs["results"]["provenance"]["reused_from"] is None
    assert theirs["results"]["rows"][0]["study_uid"] != found["results"]["rows"][0]["study_uid"]


@pytest.mark.usefixtures("analyzer")
async def test_a_requeued_job_refers_to_the_outputs_that_it_has(infrastructure: Infrastructure, chest: bytes) -> None:
    job = await _submitted(infrastructure, chest)
    first = (await _published(infrastructure, job, analysis.AnalysisCompleted))[-1]
    other = await _submitted(infrastructure, chest)
    await _published(infrastructure, other, analysis.AnalysisCompleted)
    outputs = [stored.key async for stored in infrastructure.objects.list("results/")]
    await append(infrastructure, jobs.JobCancelled(job_id=job, attempt=1))
    await append(infrastructure, jobs.JobRequeued(job_id=job, attempt=2))

    async def completed() -> Any:
        found = [event for event in await _events(infrastructure, job) if isinstance(event, analysis.AnalysisCompleted)]
        return found[1:]

    [second] = await eventually(completed, within=120)
    assert (second.attempt, second.artifacts) == (2, first.artifacts)
    assert second.results["provenance"]["reused_from"] == f"{job}/1"
    assert [stored.key async for stored in infrastructure.objects.list("results/")] == outputs


@pytest.mark.usefixtures("analyzer")
async def test_the_result_of_a_deleted_job_is_not_reused(infrastructure: Infrastructure, chest: bytes) -> None:
    first = await _submitted(infrastructure, chest)
    await _published(infrastructure, first, analysis.AnalysisCompleted)
    await append(infrastructure, jobs.JobDeleted(job_id=first))
    second = await _submitted(infrastructure, chest)

    found = (await _published(infrastructure, second, analysis.AnalysisCompleted))[-1].model_dump()

    assert found["results"]["provenance"]["reused_from"] is None


async def _submitted(infrastructure: Infrastructure, content: bytes, owner: int = OWNER) -> UUID:
    return await submit(infrastructure, owner, content)


async def _envelopes(infrastructure: Infrastructure, job: UUID) -> list[Envelope]:
    found: list[Envelope] = []
    async for batch in infrastructure.bus.follow([ANALYSIS.name], from_start=True):
        if not batch:
            return found
        found += [message.envelope() for message in batch if message.key == str(job)]
    return found


async def _events(infrastructure: Infrastructure, job: UUID) -> Sequence[Any]:
    return [catalog.ANALYSIS.decode(event.type, event.data) for event in await _envelopes(infrastructure, job)]


async def _published(infrastructure: Infrastructure, job: UUID, last: type[analysis.AttemptEvent]) -> Sequence[Any]:
    async def events_up_to_last() -> Sequence[Any]:
        events = await _events(infrastructure, job)
        return events if any(isinstance(event, last) for event in events) else []

    return await eventually(events_up_to_last, within=120)


async def _child() -> psutil.Process | None:
    return next(iter(analyses()), None)


async def _has_ended(child: psutil.Process | None) -> bool:
    return child is None or not child.is_running()


async def _empty(folder: Path) -> bool:
    return not await asyncio.to_thread(lambda: list(folder.iterdir()))
