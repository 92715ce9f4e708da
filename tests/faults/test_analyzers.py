"""Several analyzers share the work: however they come and go, each attempt is told once."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx

from testkit.eventually import eventually
from tests.faults.client import Json, Persistent
from tests.servers.deployment import Deployment
from tests.servers.ports import free_port
from tests.servers.service_process import ServiceProcess


async def test_an_analysis_is_finished_once_while_its_group_is_rearranged(
    deployment: Deployment, chest_zip: bytes, tmp_path: Path
) -> None:
    second = ServiceProcess(tmp_path / "second", free_port(), "analyzer", deployment.environment)
    async with httpx.AsyncClient(base_url=deployment.url, timeout=60) as http:
        user = Persistent(http)
        await user.sign_in()
        job = await user.submit(chest_zip)
        await eventually(lambda: _has_come_to(user, job, 5), within=60)
        await asyncio.to_thread(second.start)
        try:
            ended = await eventually(lambda: _ended(user, job), within=120) or {}
        finally:
            second.stop()
        story = Counter(event["type"] for event in (await user.request("GET", f"/jobs/{job['id']}/history")).json())

    assert ended["status"] == "completed"
    assert (story["jobs.analysis-started.v1"], story["jobs.analysis-completed.v1"]) == (1, 1)


async def test_an_analyzer_that_is_asked_to_end_hands_its_work_over(
    deployment: Deployment, chest_zip: bytes, tmp_path: Path
) -> None:
    first, second = (
        deployment.processes["analyzer"],
        ServiceProcess(tmp_path / "second", free_port(), "analyzer", deployment.environment),
    )
    async with httpx.AsyncClient(base_url=deployment.url, timeout=60) as http:
        user = Persistent(http)
        await user.sign_in()
        job = await user.submit(chest_zip)
        await eventually(lambda: _has_come_to(user, job, 5), within=60)
        await asyncio.to_thread(second.start)
        try:
            code = await asyncio.to_thread(first.stop)
            ended = await eventually(lambda: _ended(user, job), within=120) or {}
        finally:
            second.stop()
            first.start()

    assert code == 0
    assert ended["status"] == "completed"


async def _has_come_to(user: Persistent, job: Json, progress: int) -> bool:
    return (await user.request("GET", f"/jobs/{job['id']}")).json()["progress"] >= progress


async def _ended(user: Persistent, job: Json) -> Json | None:
    found = (await user.request("GET", f"/jobs/{job['id']}")).json()
    return found if found["status"] in {"completed", "failed"} else None
