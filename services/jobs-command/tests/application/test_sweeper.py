from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from california_gold_contracts import catalog
from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext
from chassis.ports.infrastructure import Infrastructure
from jobs_command.application.sweeper import Sweeper
from jobs_command.domain.commands import NoteStart
from jobs_command.domain.job import JOB

GRACE = timedelta(hours=24)


@dataclass(frozen=True)
class Later:
    """A clock that is ahead."""

    present: datetime

    def now(self) -> datetime:
        return self.present


async def one() -> AsyncIterator[bytes]:
    yield b"x"


@pytest.fixture
def sweeper(infrastructure: Infrastructure) -> Sweeper:
    clock = infrastructure.clock
    aggregates = Aggregates(infrastructure.events, clock, "job", JOB, catalog.JOBS, "test")
    late = Later(clock.now() + GRACE + timedelta(hours=1))
    return Sweeper(infrastructure.objects, aggregates, late, grace=GRACE, pause=GRACE)


async def keys(infrastructure: Infrastructure) -> set[str]:
    return {stored.key async for stored in infrastructure.objects.list("")}


async def put(infrastructure: Infrastructure, key: str) -> str:
    await infrastructure.objects.put(key, one(), "application/octet-stream")
    return key


async def test_only_what_a_job_needs_outlives_the_grace(
    owner: httpx.AsyncClient, infrastructure: Infrastructure, sweeper: Sweeper
):
    job = (await owner.post("/jobs", files={"file": ("scan.zip", b"PK")})).json()["id"]
    needed = await keys(infrastructure)
    await put(infrastructure, f"jobs/1/{job}/{uuid4()}")
    await put(infrastructure, f"jobs/1/{uuid4()}/{uuid4()}")
    await put(infrastructure, f"results/{uuid4()}/1/mask")
    assert await sweeper.sweep() == 3
    assert await keys(infrastructure) == needed


async def test_what_is_young_or_not_ours_stays(infrastructure: Infrastructure, sweeper: Sweeper):
    strange = await put(infrastructure, "jobs/readme")
    young = Sweeper(sweeper.objects, sweeper.aggregates, infrastructure.clock, GRACE, GRACE)
    orphan = await put(infrastructure, f"jobs/1/{uuid4()}/{uuid4()}")
    assert await young.sweep() == 0
    assert await keys(infrastructure) == {strange, orphan}
    assert await sweeper.sweep() == 1
    assert await keys(infrastructure) == {strange}


async def test_the_outputs_of_an_attempt_wait_for_its_end(
    owner: httpx.AsyncClient, infrastructure: Infrastructure, sweeper: Sweeper
):
    job = (await owner.post("/jobs", files={"file": ("scan.zip", b"PK")})).json()["id"]
    output = await put(infrastructure, f"results/{job}/1/mask")
    context = CommandContext(uuid4(), "service:analyzer", "story")
    await sweeper.aggregates.handle(job, NoteStart(1, "analyzer/1"), context)
    assert await sweeper.sweep() == 0
    await owner.put(f"/jobs/{job}", json={"status": "cancelled"})
    assert await sweeper.sweep() == 1
    assert output not in await keys(infrastructure)
