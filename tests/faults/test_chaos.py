"""Every process and server restarts while jobs are submitted: no job is lost, duplicated or in a wrong state."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial

import httpx
import pytest
import structlog

from chassis.messaging.parking import Parking
from chassis.ports.infrastructure import Infrastructure
from jobs_query.projections.job import JobProjection
from jobs_query.projections.job_files import JobFilesProjection
from testkit.eventually import eventually
from tests.faults import consistency
from tests.faults.retrying_client import Json, RetryingClient
from tests.servers.deployment import Deployment
from tests.servers.infrastructure import infrastructure_of

SEED = 20_261_125
JOBS = 110
USERS = 4
ENDED = {"completed", "failed", "cancelled"}
Accepted = tuple[str, bytes | None]
_log = structlog.get_logger()


@pytest.mark.timeout(900)
@pytest.mark.thorough
async def test_no_job_is_lost_or_duplicated_while_processes_and_servers_restart(
    deployment: Deployment, chest_zip: bytes, text_zip: bytes
) -> None:
    rng = random.Random(SEED)
    faults = _faults(deployment)
    rng.shuffle(faults)
    archives = [*[chest_zip] * 70, *[text_zip] * 10, *[None] * 30]
    rng.shuffle(archives)
    async with AsyncExitStack() as stack:
        users = [RetryingClient(await stack.enter_async_context(_http(deployment))) for _ in range(USERS)]
        for user in users:
            await user.sign_in()
        jobs = Jobs(archives)
        await asyncio.gather(_inject_faults(faults, jobs), *(jobs.submit(user) for user in users))

        listed = await eventually(lambda: _all_ended(users), within=300) or []
        for user in users:
            await eventually(user.statistics_match, within=60)

    assert len(jobs.accepted) == JOBS
    assert sorted(job["id"] for job in listed) == sorted(job_id for job_id, _ in jobs.accepted)
    assert len({job["number"] for job in listed}) == JOBS
    by_id = {job["id"]: job for job in listed}
    expected = {chest_zip: "completed", text_zip: "failed", None: "cancelled"}
    assert [job_id for job_id, archive in jobs.accepted if by_id[job_id]["status"] != expected[archive]] == []
    assert {job["failure"]["code"] for job in listed if job["status"] == "failed"} == {"NO_IMAGE"}
    assert {job["results_payload"]["summary"]["lesions_count"] for job in listed if job["results_payload"]} == {1}
    async with infrastructure_of(deployment) as infrastructure:
        await _assert_consistent(infrastructure)


def _http(deployment: Deployment) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=deployment.url, timeout=30)


def _faults(deployment: Deployment) -> list[tuple[str, Callable[[], None]]]:
    """Faults by name: kill and restart a process; stop and restart a server."""

    def killed(name: str) -> Callable[[], None]:
        process = deployment.processes[name]

        def fault() -> None:
            process.kill()
            process.start()

        return fault

    def stopped(number: int) -> Callable[[], None]:
        server = deployment.servers.all[number]

        def fault() -> None:
            server.stop()
            server.start()

        return fault

    servers = [(server.name, stopped(number)) for number, server in enumerate(deployment.servers.all)]
    return [*((name, killed(name)) for name in deployment.processes), *servers]


async def _inject_faults(faults: Sequence[tuple[str, Callable[[], None]]], jobs: "Jobs") -> None:
    """Inject the faults one by one, each while its share of the jobs is submitted."""
    for number, (name, fault) in enumerate(faults, 1):
        _log.info("fault_begun", name=name, accepted=len(jobs.accepted))
        jobs.allow(JOBS * number // len(faults))
        await asyncio.to_thread(fault)
        await eventually(partial(jobs.have_reached, JOBS * number // len(faults)), within=240)


@dataclass
class Jobs:
    """The jobs to submit, limited to an allowed count, and the accepted ones."""

    archives: list[bytes | None]
    accepted: list[Accepted] = field(default_factory=list[Accepted])
    _begun: int = 0
    _allowed: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def allow(self, count: int) -> None:
        """Allow `count` submissions in total."""
        for _ in range(count - self._begun):
            self._allowed.release()
        self._begun = count

    async def have_reached(self, count: int) -> bool:
        """Return whether `count` jobs have been accepted."""
        return len(self.accepted) >= count

    async def submit(self, user: RetryingClient) -> None:
        """Submit jobs until none is left."""
        while self.archives:
            archive = self.archives.pop()
            await self._allowed.acquire()
            job = await user.submit(archive)
            if archive is None:
                changed = await user.request("PUT", f"/jobs/{job['id']}", json={"status": "cancelled"})
                assert changed.status_code == 200, changed.text
            self.accepted.append((job["id"], archive))


async def _all_ended(users: list[RetryingClient]) -> list[Json] | None:
    listed = [job for user in users for job in await user.jobs()]
    return listed if all(job["status"] in ENDED for job in listed) else None


async def _assert_consistent(infrastructure: Infrastructure) -> None:
    async def no_lag() -> bool:
        return not await consistency.lags(infrastructure)

    await eventually(no_lag, within=60)
    for projection in (JobProjection(), JobFilesProjection()):
        assert await consistency.broken_streams(infrastructure, projection) == []
        assert await consistency.differing_documents(infrastructure, projection) == []
    parked = await Parking(infrastructure.documents, infrastructure.clock).of_every_group()
    assert [(event.id, event.error) for event in parked] == []
    await consistency.sweep(infrastructure)
    assert await consistency.unreferenced_objects(infrastructure) == []
