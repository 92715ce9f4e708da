from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import httpx
import orjson
import pytest

from california_gold_contracts import analysis, jobs, topics
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.topics import Topic
from chassis.ports.event_store import StoredEvent
from chassis.ports.infrastructure import Infrastructure
from testkit.eventually import eventually

Publish = Callable[[Topic, str, Event], Awaitable[Envelope]]
Types = Callable[[UUID | str], Awaitable[list[str]]]


@pytest.fixture
async def job_id(owner: httpx.AsyncClient) -> UUID:
    return UUID((await owner.post("/jobs", files={"file": ("scan.zip", b"PK")})).json()["id"])


async def one_mask() -> AsyncIterator[bytes]:
    yield b"mask"


async def test_a_redelivered_event_of_the_analyzer_is_recorded_once(
    job_id: UUID, publish: Publish, types: Types, owner: httpx.AsyncClient
):
    events = [
        analysis.AnalysisStarted(job_id=job_id, attempt=1, analyzer="analyzer/1"),
        analysis.AnalysisProgressed(job_id=job_id, attempt=1, progress=40, stage="decode"),
        analysis.AnalysisCompleted(job_id=job_id, attempt=1, results={"findings": []}, artifacts=()),
    ]
    for event in events:
        await publish(topics.ANALYSIS, str(job_id), event)

    async def completed() -> bool:
        return (await types(job_id))[-1] == jobs.AnalysisCompleted.wire_type

    await eventually(completed)
    assert await types(job_id) == [
        jobs.JobSubmitted.wire_type,
        jobs.AnalysisStarted.wire_type,
        jobs.AnalysisProgressed.wire_type,
        jobs.AnalysisCompleted.wire_type,
    ]
    job = (await owner.put(f"/jobs/{job_id}", json={})).json()
    assert (job["status"], job["progress"], job["results_payload"]) == ("completed", 100, {"findings": []})
    assert job["results_parsed_at"] == job["updated_at"]


@pytest.mark.parametrize("retryable", [True, False])
async def test_a_failure_is_recorded_with_its_reason(
    job_id: UUID, publish: Publish, infrastructure: Infrastructure, owner: httpx.AsyncClient, *, retryable: bool
):
    failure = analysis.AnalysisFailed(
        job_id=job_id, attempt=1, reason="NO_IMAGE", message="Нет снимков", retryable=retryable
    )
    await publish(topics.ANALYSIS, str(job_id), failure)

    async def failed() -> StoredEvent | None:
        last = await infrastructure.events.last(f"job-{job_id}")
        return last if last and last.type == jobs.AnalysisFailed.wire_type else None

    recorded = await eventually(failed)
    assert recorded is not None
    assert orjson.loads(recorded.data)["retryable"] is retryable
    job = (await owner.put(f"/jobs/{job_id}", json={})).json()
    assert (job["status"], job["failure"]) == ("failed", {"code": "NO_IMAGE", "message": "Нет снимков"})


async def test_an_event_is_recorded_with_its_cause_and_actor(
    job_id: UUID, publish: Publish, infrastructure: Infrastructure
):
    started = analysis.AnalysisStarted(job_id=job_id, attempt=1, analyzer="analyzer/1")
    cause = await publish(topics.ANALYSIS, str(job_id), started)

    async def recorded() -> bytes | None:
        event = await infrastructure.events.last(f"job-{job_id}")
        return event.metadata if event and event.revision == 1 else None

    metadata = orjson.loads(await eventually(recorded) or b"")
    assert metadata["causation_id"] == str(cause.id)
    assert (metadata["correlation_id"], metadata["actor"]) == ("correlation-1", "service:analyzer")


async def test_the_outputs_of_a_deleted_job_are_deleted_when_its_analysis_ends(
    job_id: UUID, publish: Publish, types: Types, infrastructure: Infrastructure, owner: httpx.AsyncClient
):
    await owner.delete(f"/jobs/{job_id}")
    key = f"results/{job_id}/1/mask.nii.gz"
    await infrastructure.objects.put(key, one_mask(), "application/gzip")
    mask = jobs.Artifact(name="mask.nii.gz", media_type="application/gzip", size=4, object_key=key)
    late = analysis.AnalysisCompleted(job_id=job_id, attempt=1, results={}, artifacts=(mask,))
    await publish(topics.ANALYSIS, str(job_id), late)

    async def nothing_left() -> bool:
        return [stored async for stored in infrastructure.objects.list("results/")] == []

    await eventually(nothing_left)
    assert await types(job_id) == [jobs.JobSubmitted.wire_type, jobs.JobDeleted.wire_type]


class AnalysisReviewed(Event):
    """An event of a newer analyzer, unknown to this version."""

    wire_type = "analysis.analysis-reviewed.v1"


async def test_an_unknown_event_type_is_ignored(job_id: UUID, publish: Publish, types: Types):
    started = analysis.AnalysisStarted(job_id=job_id, attempt=1, analyzer="analyzer/1")
    for event in (AnalysisReviewed(), started):
        await publish(topics.ANALYSIS, str(job_id), event)

    async def recorded() -> bool:
        return (await types(job_id))[-1] == jobs.AnalysisStarted.wire_type

    await eventually(recorded)


async def test_outputs_of_an_attempt_go_with_the_next_one_unless_that_refers_to_them(
    job_id: UUID, publish: Publish, types: Types, infrastructure: Infrastructure, owner: httpx.AsyncClient
):
    async def complete(attempt: int, key: str) -> None:
        artifact = jobs.Artifact(name="mask.nii.gz", media_type="application/gzip", size=4, object_key=key)
        event = analysis.AnalysisCompleted(job_id=job_id, attempt=attempt, results={}, artifacts=(artifact,))
        await publish(topics.ANALYSIS, str(job_id), event)

        async def completed() -> bool:
            return (await types(job_id)).count(jobs.AnalysisCompleted.wire_type) == attempt

        await eventually(completed)

    async def outputs() -> list[str]:
        return [stored.key async for stored in infrastructure.objects.list("results/")]

    first, third, fourth = (f"results/{job_id}/{attempt}/mask.nii.gz" for attempt in (1, 3, 4))
    for key in (first, third, fourth):
        await infrastructure.objects.put(key, one_mask(), "application/gzip")
    await complete(1, first)
    await owner.put(f"/jobs/{job_id}", json={"status": "queued"})
    await complete(2, first)
    assert await outputs() == [first, third, fourth]
    await owner.put(f"/jobs/{job_id}", json={"status": "queued"})
    await complete(3, third)

    async def has_gone() -> bool:
        return await outputs() == [third, fourth]

    await eventually(has_gone)
