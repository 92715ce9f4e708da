"""Turns between users and the limit of waiting jobs, with each service in a process of its own."""

import asyncio
from typing import Any

import pytest

from testkit.eventually import eventually
from tests.e2e.api_client import Account, Api, expect
from tests.faults.deployments import Deployments
from tests.servers.deployment import Deployment

ALLOWED = 5
MANY = "100000"


@pytest.fixture
def limited(deployments: Deployments) -> Deployment:
    """The product with few waiting jobs for each user, and no other limit that the test would meet."""
    settings = {
        "CALIFORNIA_GOLD_RATE_LIMITS": "on",
        "CALIFORNIA_GOLD_REQUESTS_PER_MINUTE": MANY,
        "CALIFORNIA_GOLD_UPLOADS_PER_MINUTE": MANY,
        "CALIFORNIA_GOLD_USER_JOBS_WAITING": str(ALLOWED),
    }
    return deployments.running(settings)


async def submit(account: Account, archive: bytes) -> Any:
    return await account.http.post("/jobs", files={"file": ("a.zip", archive, "application/zip")})


async def started(account: Account, job_id: object) -> str:
    history = expect(await account.http.get(f"/jobs/{job_id}/history"), 200)
    return next(event["time"] for event in history if event["type"].startswith("jobs.analysis-started."))


async def waiting(account: Account) -> int:
    return expect(await account.http.get("/auth/me"), 200)["quotas"]["jobs_waiting"]["used"]


async def test_forty_jobs_at_once_are_held_to_the_limit_and_delay_another_user_by_one(
    limited: Deployment, chest_zip: bytes
) -> None:
    api = Api(limited.url)
    async with api.registered() as a, api.registered() as b:
        answers = await asyncio.gather(*(submit(a, chest_zip + bytes(number)) for number in range(40)))
        created = [answer.json() for answer in answers if answer.status_code == 201]
        refused = [answer for answer in answers if answer.status_code == 429]
        # Jobs that end meanwhile make room for others; between processes nothing else is exceeded.
        assert ALLOWED <= len(created) < 10
        assert len(created) + len(refused) == 40
        assert all(answer.headers["retry-after"] == "30" for answer in refused)
        of_b = expect(await submit(b, chest_zip), 201)
        await b.until_ended(of_b["id"], within=400)
        for job in created:
            await a.until_ended(job["id"], within=400)
        start_of_b = await started(b, of_b["id"])
        of_a = [await started(a, job["id"]) for job in created]
        assert len([start for start in of_a if of_b["created_at"] < start < start_of_b]) <= 1
        assert any(start > start_of_b for start in of_a)

        async def none_waits() -> bool:
            return await waiting(a) == 0

        await eventually(none_waits, within=60)
        assert (await submit(a, chest_zip)).status_code == 201
