from itertools import product
from uuid import uuid4

import httpx

from chassis.ports.infrastructure import Infrastructure
from testkit.served import Served

FILES = {"file": ("scan.zip", b"PK")}
REQUESTS = [("PUT", ""), ("PUT", "/file"), ("DELETE", "")]


async def ask(client: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
    if path.endswith("/file"):
        return await client.request(method, path, files=FILES)
    return await client.request(method, path, json={"title": "mine"} if method == "PUT" else None)


async def test_another_users_job_is_answered_like_a_missing_one(
    owner: httpx.AsyncClient, other_user: httpx.AsyncClient, infrastructure: Infrastructure
):
    job = (await owner.post("/jobs")).json()
    for reference, (method, suffix) in product((job["id"], job["number"], uuid4(), 99), REQUESTS):
        answer = await ask(other_user, method, f"/jobs/{reference}{suffix}")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Задание не найдено"}), (reference, method)
    assert len(await infrastructure.events.read(f"job-{job['id']}")) == 1
    assert [stored.key async for stored in infrastructure.objects.list("")] == []


async def test_an_administrator_cannot_change_jobs_of_others(service: Served, owner: httpx.AsyncClient):
    job = (await owner.post("/jobs")).json()
    administrator = await service.client(3, admin=True)
    for method, suffix in REQUESTS:
        assert (await ask(administrator, method, f"/jobs/{job['id']}{suffix}")).status_code == 404, method


async def test_every_route_requires_a_token(service: Served):
    anonymous = await service.client()
    for method, path in [("POST", "/jobs"), *((method, f"/jobs/1{suffix}") for method, suffix in REQUESTS)]:
        answer = await anonymous.request(method, path)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), path
