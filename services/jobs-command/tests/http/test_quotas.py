"""A user has a bounded number of jobs waiting, and a bounded number of files and bytes in them."""

import asyncio
from typing import Any

import httpx
import pytest

from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.settings import Settings
from testkit.eventually import eventually

ALLOWED = 3
SIZE = 1000
FILE = {"file": ("a.zip", b"x" * SIZE)}


@pytest.fixture
def settings() -> Settings:
    return Settings(
        await_read_model_ms=0,
        requests_per_minute=100_000,
        uploads_per_minute=100_000,
        user_jobs_waiting=ALLOWED,
        user_bytes=10 * SIZE,
        user_files=4,
    )


async def submit(user: httpx.AsyncClient, **arguments: Any) -> httpx.Response:
    return await user.post("/jobs", files=FILE, **arguments)


async def test_of_forty_parallel_jobs_as_many_as_allowed_are_created(
    owner: httpx.AsyncClient, other_user: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    answers = await asyncio.gather(*(submit(owner) for _ in range(40)))
    created = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert (len(created), len(refused)) == (ALLOWED, 40 - ALLOWED)
    assert {answer.headers["retry-after"] for answer in refused} == {"30"}
    assert refused[0].json()["detail"].startswith("В очереди и в обработке уже 3 ваших заданий")
    assert len([key async for key in infrastructure.objects.list("jobs/")]) == ALLOWED
    assert (await submit(other_user)).status_code == 201


async def test_a_job_that_has_ended_makes_room_for_another(owner: httpx.AsyncClient) -> None:
    jobs = [(await submit(owner)).json()["id"] for _ in range(ALLOWED)]
    assert (await submit(owner)).status_code == 429
    assert (await owner.put(f"/jobs/{jobs[0]}", json={"status": "cancelled"})).status_code == 200

    async def created() -> bool:
        return (await submit(owner)).status_code == 201

    await eventually(created, within=30, pause=0.1)


async def test_a_job_that_is_requeued_waits_again(owner: httpx.AsyncClient) -> None:
    ended = (await submit(owner)).json()["id"]
    assert (await owner.put(f"/jobs/{ended}", json={"status": "cancelled"})).status_code == 200
    accepted = list[int]()

    async def is_full_without_it() -> bool:
        answer = await submit(owner)
        accepted.extend([answer.status_code] if answer.status_code == 201 else ())
        return answer.status_code == 429 and len(accepted) == ALLOWED

    await eventually(is_full_without_it, within=30, pause=0.1)
    refused = await owner.put(f"/jobs/{ended}", json={"status": "queued"}, headers={"Accept-Language": "en"})
    assert refused.status_code == 429
    assert refused.json()["detail"].startswith("You have 3 jobs that are queued or processing")


async def test_a_request_that_is_sent_twice_is_answered_as_before(owner: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "once"}
    first = await submit(owner, headers=key)
    for _ in range(ALLOWED - 1):
        await submit(owner)
    assert (await submit(owner)).status_code == 429
    repeated = await submit(owner, headers=key)
    assert (repeated.status_code, repeated.json()["id"]) == (201, first.json()["id"])


async def test_inputs_beyond_the_bytes_of_a_user_are_refused_whole(
    owner: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    answer = await owner.post("/jobs", files={"file": ("a.zip", b"x" * (10 * SIZE + 1))})
    assert answer.status_code == 413
    assert answer.json()["detail"].startswith("Место закончилось: занято 0 из 10000 байт")
    assert [key async for key in infrastructure.objects.list("")] == []
    assert (await owner.post("/jobs", files={"file": ("a.zip", b"x" * 10 * SIZE)})).status_code == 201
    assert (await owner.post("/jobs", files={"file": ("b.zip", b"x")})).status_code == 413
    assert (await owner.post("/jobs", data={"title": "no file"})).status_code == 201
