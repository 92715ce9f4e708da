"""The answer to a command equals what reads return: two services, one body."""

from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from california_gold_contracts import analysis, topics
from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from chassis.composition.embedded import embedded
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from chassis.runtime.settings import Settings
from jobs_command import service as jobs_command
from jobs_query import service as jobs_query
from testkit.eventually import eventually
from testkit.served import served

NO_WAIT_MS, LONG_WAIT_MS = 0, 10_000


@pytest.fixture
async def infrastructure(tmp_path: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data") as opened:
        yield opened


async def client(infrastructure: Infrastructure, await_read_model_ms: int) -> AsyncGenerator[httpx.AsyncClient]:
    settings = Settings(rate_limits="off", await_read_model_ms=await_read_model_ms)
    services = [jobs_command.build(infrastructure, settings), jobs_query.build(infrastructure, settings)]
    async with served(services, infrastructure, settings) as running:
        yield await running.client(1)


@pytest.fixture
async def not_waiting(infrastructure: Infrastructure) -> AsyncGenerator[httpx.AsyncClient]:
    async for connected in client(infrastructure, NO_WAIT_MS):
        yield connected


@pytest.fixture
async def waiting(infrastructure: Infrastructure) -> AsyncGenerator[httpx.AsyncClient]:
    async for connected in client(infrastructure, LONG_WAIT_MS):
        yield connected


async def read(owner: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
    """Read the job as of the revision that a command answered with."""
    revision = answer.headers["etag"].strip('"')

    async def reached() -> httpx.Response | None:
        found = await owner.get(f"/jobs/{answer.json()['id']}", headers={"X-Min-Revision": revision})
        return found if found.status_code == 200 else None

    found = await eventually(reached)
    assert found is not None
    return found


async def test_an_answer_from_the_stream_equals_the_read(
    not_waiting: httpx.AsyncClient, infrastructure: Infrastructure
):
    created = await not_waiting.post("/jobs", data={"title": "КТ"}, files={"file": ("scan.zip", b"PK")})
    assert (await read(not_waiting, created)).json() == created.json()
    job = created.json()["id"]

    async def report(fact: Event, status: str) -> None:
        now = infrastructure.clock.now()
        envelope = Envelope(uuid4(), fact.wire_type, "analyzer", job, now, encode(fact))
        await infrastructure.bus.publish([Message(topics.ANALYSIS.name, job, envelope.data, envelope.headers())])

        async def decided() -> bool:
            return (await not_waiting.put(f"/jobs/{job}", json={})).json()["status"] == status

        await eventually(decided)

    steps: list[tuple[Event, str]] = [
        (analysis.AnalysisStarted(job_id=job, attempt=1, analyzer="analyzer/1"), "processing"),
        (
            analysis.AnalysisFailed(job_id=job, attempt=1, reason="NO_IMAGE", message="Нет снимков", retryable=False),
            "failed",
        ),
    ]
    for fact, status in steps:
        await report(fact, status)
        answer = await not_waiting.put(f"/jobs/{job}", json={})
        assert (await read(not_waiting, answer)).json() == answer.json()
    for change in ({"status": "queued"}, {"description": "second"}):
        answer = await not_waiting.put(f"/jobs/{job}", json=change)
        assert (await read(not_waiting, answer)).json() == answer.json()
    again = analysis.AnalysisCompleted(job_id=job, attempt=2, results={"findings": []}, artifacts=())
    await report(again, "completed")
    answer = await not_waiting.put(f"/jobs/{job}", json={})
    assert (await read(not_waiting, answer)).json() == answer.json()
    assert answer.json()["results_parsed_at"] == answer.json()["updated_at"]


async def test_a_client_reads_its_own_writes(waiting: httpx.AsyncClient):
    created = await waiting.post("/jobs", files={"file": ("scan.zip", b"PK")})
    job = created.json()["id"]
    assert (await waiting.get(f"/jobs/{job}")).content == created.content
    assert (await waiting.get("/jobs")).content == b"[" + created.content + b"]"
    changed = await waiting.put(f"/jobs/{job}", json={"title": "CT"})
    assert (await waiting.get(f"/jobs/{job}")).content == changed.content
    await waiting.delete(f"/jobs/{job}")
    assert (await waiting.get(f"/jobs/{job}")).status_code == 404
