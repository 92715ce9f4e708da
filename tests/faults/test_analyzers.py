"""Several analyzers in one consumer group: each attempt completes once across rebalances."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx

from testkit.eventually import eventually
from tests.faults.retrying_client import Json, RetryingClient
from tests.servers.deployment import Deployment
from tests.servers.ports import free_port
from tests.servers.service_process import ServiceProcess


async def test_an_analysis_completes_once_during_a_rebalance(
    deployment: Deployment, chest_zip: bytes, tmp_path: Path
) -> None:
    second = ServiceProcess(tmp_path / "second", free_port(), "analyzer", deployment.environment)
    async with httpx.AsyncClient(base_url=deployment.url, timeout=60) as http:
        user = RetryingClient(http)
        await user.sign_in()
        job = await user.submit(chest_zip)
        await eventually(lambda: _has_reached(user, job, 5), within=60)
        await asyncio.to_thread(second.start)
        try:
            ended = await eventually(lambda: _ended(user, job), within=120) or {}
        finally:
            second.stop()
        event_counts = Counter(
            event["type"] for event in (await user.request("GET", f"/jobs/{job['id']}/history")).json()
        )

    assert ended["status"] == "completed"
    assert (event_counts["jobs.analysis-started.v1"], event_counts["jobs.analysis-completed.v1"]) == (1, 1)


async def test_a_stopping_analyzer_hands_over_its_attempt(
    deployment: Deployment, chest_zip: bytes, tmp_path: Path
) -> None:
    first, second = (
        deployment.processes["analyzer"],
        ServiceProcess(tmp_path / "second", free_port(), "analyzer", deployment.environment),
    )
    async with httpx.AsyncClient(base_url=deployment.url, timeout=60) as http:
        user = RetryingClient(http)
        await user.sign_in()
        job = await user.submit(chest_zip)
        await eventually(lambda: _has_reached(user, job, 5), within=60)
        await asyncio.to_thread(second.start)
        try:
            code = await asyncio.to_thread(first.stop)
            ended = await eventually(lambda: _ended(user, job), within=120) or {}
        finally:
            second.stop()
            first.start()

    assert code == 0
    assert ended["status"] == "completed"


async def _has_reached(user: RetryingClient, job: Json, progress: int) -> bool:
    answer = await user.request("GET", f"/jobs/{job['id']}")
    return answer.status_code == 200 and answer.json()["progress"] >= progress


async def _ended(user: RetryingClient, job: Json) -> Json | None:
    answer = await user.request("GET", f"/jobs/{job['id']}")
    found = answer.json()
    return found if answer.status_code == 200 and found["status"] in {"completed", "failed"} else None
