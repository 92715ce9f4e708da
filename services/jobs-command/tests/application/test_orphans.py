from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from california_gold_contracts import analysis, catalog
from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.orphan_sweeper import OrphanSweeper
from chassis.runtime.settings import Settings
from jobs_command.domain.commands import Command
from jobs_command.domain.job import JOB, Job
from jobs_command.service import orphan_sweeper
from testkit.clock import ManualClock

GRACE = timedelta(hours=24)


async def one_byte() -> AsyncIterator[bytes]:
    yield b"x"


@pytest.fixture
def aggregates(infrastructure: Infrastructure) -> Aggregates[Job | None, Command]:
    return Aggregates(infrastructure.events, infrastructure.clock, "job", JOB, catalog.JOBS, "test")


@pytest.fixture
def sweeper(infrastructure: Infrastructure, aggregates: Aggregates[Job | None, Command]) -> OrphanSweeper:
    """The service's sweeper when the grace of all objects is over."""
    later = ManualClock(infrastructure.clock.now() + GRACE + timedelta(hours=1))
    return replace(orphan_sweeper(infrastructure, Settings(), aggregates), clock=later, grace=GRACE)


async def keys(infrastructure: Infrastructure) -> set[str]:
    return {stored.key async for stored in infrastructure.objects.list("")}


async def put(infrastructure: Infrastructure, key: str) -> str:
    await infrastructure.objects.put(key, one_byte(), "application/octet-stream")
    return key


async def test_objects_that_no_job_refers_to_are_swept_after_the_grace(
    owner: httpx.AsyncClient, infrastructure: Infrastructure, sweeper: OrphanSweeper
):
    job = (await owner.post("/jobs", files={"file": ("scan.zip", b"PK")})).json()["id"]
    in_use = await keys(infrastructure)
    await put(infrastructure, f"jobs/1/{job}/{uuid4()}")
    await put(infrastructure, f"jobs/1/{uuid4()}/{uuid4()}")
    await put(infrastructure, f"results/{uuid4()}/1/mask")
    assert await sweeper.sweep() == 3
    assert await keys(infrastructure) == in_use


async def test_young_objects_and_foreign_keys_are_not_swept(infrastructure: Infrastructure, sweeper: OrphanSweeper):
    foreign = await put(infrastructure, "jobs/readme")
    early = replace(sweeper, clock=infrastructure.clock)
    orphan = await put(infrastructure, f"jobs/1/{uuid4()}/{uuid4()}")
    assert await early.sweep() == 0
    assert await keys(infrastructure) == {foreign, orphan}
    assert await sweeper.sweep() == 1
    assert await keys(infrastructure) == {foreign}


async def test_outputs_of_a_running_attempt_are_not_swept(
    owner: httpx.AsyncClient,
    infrastructure: Infrastructure,
    aggregates: Aggregates[Job | None, Command],
    sweeper: OrphanSweeper,
):
    job = (await owner.post("/jobs", files={"file": ("scan.zip", b"PK")})).json()["id"]
    output = await put(infrastructure, f"results/{job}/1/mask")
    context = CommandContext(uuid4(), "service:analyzer", "correlation-1")
    started = analysis.AnalysisStarted(job_id=job, attempt=1, analyzer="analyzer/1")
    await aggregates.handle(job, started, context)
    assert await sweeper.sweep() == 0
    await owner.put(f"/jobs/{job}", json={"status": "cancelled"})
    assert await sweeper.sweep() == 1
    assert output not in await keys(infrastructure)
