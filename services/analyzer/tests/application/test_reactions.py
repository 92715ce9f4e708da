"""What the analyzer does about jobs, with a child process of its own for each attempt."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psutil
import pytest
import pytest_asyncio

from analyzer.service import build
from analyzer.settings import AnalyzerSettings
from california_gold_contracts import analysis, catalog, jobs
from california_gold_contracts.envelope import Envelope, from_message
from california_gold_contracts.jobs import JobInput
from california_gold_contracts.topics import ANALYSIS, JOBS
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder
from chassis.composition.embedded import embedded
from chassis.messaging.relay import Relay
from chassis.ports.event_store import NO_STREAM
from chassis.ports.infrastructure import Infrastructure
from testkit.eventually import eventually
from testkit.images.dicom_files import write_ct_zip
from testkit.images.phantom import small_chest
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
async def test_an_attempt_is_told_from_its_start_to_its_result(infrastructure: Infrastructure, chest: bytes) -> None:
    job = await _submitted(infrastructure, chest)

    told = await _told(infrastructure, job, analysis.AnalysisCompleted)

    kinds = [type(event) for event in told]
    progress = [event.progress for event in told if isinstance(event, analysis.AnalysisProgressed)]
    completed = told[-1]
    assert isinstance(completed, analysis.AnalysisCompleted)
    assert kinds[0] is analysis.AnalysisStarted
    assert kinds.count(analysis.AnalysisCompleted) == 1
    assert progress[0] == 5
    assert progress[-1] == 100
    assert progress == sorted(set(progress))
    summary: Any = completed.results["summary"]
    assert summary["lesions_count"] == 1
    for artifact in completed.artifacts:
        assert artifact.object_key == f"results/{job}/1/{artifact.name}"
        assert (await infrastructure.objects.stat(artifact.object_key)).size == artifact.size


@pytest.mark.usefixtures("analyzer")
async def test_a_result_that_fits_into_no_event_is_a_failed_attempt(
    infrastructure: Infrastructure, chest: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyzer.application.attempt.LARGEST_EVENT_BYTES", 1000)
    job = await _submitted(infrastructure, chest)
    told = await _told(infrastructure, job, analysis.AnalysisFailed)
    assert isinstance(told[-1], analysis.AnalysisFailed)
    assert told[-1].reason == "TOO_LARGE"
    assert not [event for event in told if isinstance(event, analysis.AnalysisCompleted)]


@pytest.mark.usefixtures("analyzer")
async def test_what_cannot_be_read_is_a_failed_attempt_and_the_next_job_runs(infrastructure: Infrastructure) -> None:
    first = await _submitted(infrastructure, b"this is no archive")
    second = await _submitted(infrastructure, b"neither is this")

    failures = [(await _told(infrastructure, job, analysis.AnalysisFailed))[-1] for job in (first, second)]

    assert [failure.model_dump()["reason"] for failure in failures] == ["NO_IMAGE", "NO_IMAGE"]
    assert [failure.model_dump()["retryable"] for failure in failures] == [False, False]


@pytest.mark.usefixtures("analyzer")
async def test_a_failure_that_is_not_the_inputs_may_be_retried(
    infrastructure: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyzer.application.attempt._MORE_TRIES", 0)
    file = JobInput(object_key="jobs/7/gone", name="x.zip", size=1, sha256="00", content_type="application/zip")
    lost = jobs.JobSubmitted(job_id=uuid4(), number=1, owner_id=OWNER, title=None, description=None, input=file)
    await _happens(infrastructure, lost)

    failure = (await _told(infrastructure, lost.job_id, analysis.AnalysisFailed))[-1].model_dump()
    assert (failure["reason"], failure["retryable"]) == ("INTERNAL", True)


@pytest.mark.usefixtures("analyzer")
@pytest.mark.parametrize("ending", [jobs.JobCancelled, jobs.JobDeleted])
async def test_a_job_that_a_person_ends_loses_its_child_process(
    infrastructure: Infrastructure, chest: bytes, ending: type[jobs.JobEvent], tmp_path: Path
) -> None:
    job = await _submitted(infrastructure, chest)
    child = await eventually(_child, within=30)

    await _happens(infrastructure, ending.model_validate({"job_id": job, "attempt": 1}))

    await eventually(lambda: _gone(child), within=2)
    await eventually(lambda: _empty(tmp_path / "data" / "work"))
    other = await _submitted(infrastructure, b"the analyzer lives")
    assert isinstance((await _told(infrastructure, other, analysis.AnalysisFailed))[-1], analysis.AnalysisFailed)
    assert not any(isinstance(event, analysis.AnalysisCompleted) for event in await _facts(infrastructure, job))


async def test_a_job_that_was_ended_before_its_turn_is_not_begun(
    infrastructure: Infrastructure, chest: bytes, tmp_path: Path
) -> None:
    cancelled = await _submitted(infrastructure, chest)
    await _happens(infrastructure, jobs.JobCancelled(job_id=cancelled, attempt=1))
    service = build(infrastructure, AnalyzerSettings(data_dir=tmp_path / "data"))
    async with running(*(worker.run() for worker in service.workers)):
        other = await _submitted(infrastructure, b"no archive")
        await _told(infrastructure, other, analysis.AnalysisFailed)

    assert await _facts(infrastructure, cancelled) == []


@pytest.mark.usefixtures("analyzer")
async def test_the_same_input_of_one_owner_is_found_again(infrastructure: Infrastructure, chest: bytes) -> None:
    first = await _submitted(infrastructure, chest)
    await _told(infrastructure, first, analysis.AnalysisCompleted)
    second = await _submitted(infrastructure, chest)
    found = (await _told(infrastructure, second, analysis.AnalysisCompleted))[-1].model_dump()
    stranger = await _submitted(infrastructure, chest, owner=OWNER + 1)
    theirs = (await _told(infrastructure, stranger, analysis.AnalysisCompleted))[-1].model_dump()

    assert found["results"]["provenance"]["reused_from"] == f"{first}/1"
    assert {artifact["object_key"] for artifact in found["artifacts"]} >= {f"results/{second}/1/mask.nii.gz"}
    assert theirs["results"]["provenance"]["reused_from"] is None
    assert theirs["results"]["rows"][0]["study_uid"] != found["results"]["rows"][0]["study_uid"]


@pytest.mark.usefixtures("analyzer")
async def test_a_result_whose_job_is_deleted_is_not_found_again(infrastructure: Infrastructure, chest: bytes) -> None:
    first = await _submitted(infrastructure, chest)
    await _told(infrastructure, first, analysis.AnalysisCompleted)
    await _happens(infrastructure, jobs.JobDeleted(job_id=first))
    second = await _submitted(infrastructure, chest)

    found = (await _told(infrastructure, second, analysis.AnalysisCompleted))[-1].model_dump()

    assert found["results"]["provenance"]["reused_from"] is None


async def _submitted(infrastructure: Infrastructure, content: bytes, owner: int = OWNER) -> UUID:
    job = uuid4()
    stored = await infrastructure.objects.put(f"jobs/{owner}/{job}/{uuid4()}", _once(content), "application/zip")
    file = JobInput(
        object_key=stored.key, name="chest.zip", size=stored.size, sha256=stored.sha256, content_type="application/zip"
    )
    await _happens(
        infrastructure,
        jobs.JobSubmitted(job_id=job, number=1, owner_id=owner, title=None, description=None, input=file),
    )
    return job


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _happens(infrastructure: Infrastructure, event: jobs.JobEvent) -> None:
    stream = f"job-{event.job_id}"
    last = await infrastructure.events.last(stream)
    context = CommandContext(uuid4(), "user:7", "c")
    recorded = Recorder("/tests", infrastructure.clock.now()).record([event], context, stream, last)
    await infrastructure.events.append(stream, recorded, last.revision if last else NO_STREAM)


async def _envelopes(infrastructure: Infrastructure, job: UUID) -> list[Envelope]:
    found: list[Envelope] = []
    async for batch in infrastructure.bus.follow([ANALYSIS.name], from_start=True):
        if not batch:
            return found
        found += [from_message(message.headers, message.value) for message in batch if message.key == str(job)]
    return found


async def _facts(infrastructure: Infrastructure, job: UUID) -> Sequence[Any]:
    return [catalog.ANALYSIS.decode(fact.type, fact.data) for fact in await _envelopes(infrastructure, job)]


async def _told(infrastructure: Infrastructure, job: UUID, last: type[analysis.AttemptEvent]) -> Sequence[Any]:
    async def ended() -> Sequence[Any]:
        facts = await _facts(infrastructure, job)
        return facts if any(isinstance(fact, last) for fact in facts) else []

    return await eventually(ended, within=120)


async def _child() -> psutil.Process | None:
    return next(
        (child for child in psutil.Process().children() if "isolation.child" in " ".join(child.cmdline())), None
    )


async def _gone(child: psutil.Process | None) -> bool:
    return child is None or not child.is_running()


async def _empty(folder: Path) -> bool:
    return not await asyncio.to_thread(lambda: list(folder.iterdir()))
