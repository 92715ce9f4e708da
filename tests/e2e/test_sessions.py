"""Sessions over all services: what identity ends is ended everywhere, and sockets end with their token."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import httpx

from testkit.eventually import eventually
from tests.e2e.api_client import PASSWORD, Api, expect
from tests.e2e.sockets import TOKEN_ENDED, close_code, socket_of

DEADLINE_SECONDS = 60.0
PATHS = ("/auth/me", "/jobs", "/files", f"/jobs/{uuid4()}/history")
"""One route of each service that reads."""


async def test_a_new_password_ends_earlier_tokens_and_sockets_in_every_service(api: Api) -> None:
    async with api.registered() as account, api.registered() as other:
        job = expect(await account.http.post("/jobs", data={"title": "watched"}), 201)
        async with socket_of(api, account, job["id"]) as ended, socket_of(api, other, job["id"]) as kept:
            await asyncio.gather(ended.recv(), kept.recv())
            body = {"password": "another horse", "current_password": PASSWORD}
            expect(await account.http.put(f"/users/{account.user['id']}", json=body), 200)
            assert await close_code(ended) == TOKEN_ENDED
            await eventually(lambda: all_answer(account.http, 401), within=DEADLINE_SECONDS)
            assert not await all_answer(other.http, 401)
            await kept.ping()


async def test_a_logout_ends_one_token_and_its_sockets_in_every_service(api: Api) -> None:
    async with api.registered() as account, api.signed_in(account.user["username"]) as elsewhere:
        job = expect(await account.http.post("/jobs", data={"title": "watched"}), 201)
        async with socket_of(api, account, job["id"]) as ended, socket_of(api, elsewhere, job["id"]) as kept:
            await asyncio.gather(ended.recv(), kept.recv())
            expect(await account.http.post("/auth/logout"), 200)
            assert await close_code(ended) == TOKEN_ENDED
            await eventually(lambda: all_answer(account.http, 401), within=DEADLINE_SECONDS)
            assert await elsewhere.job(job["id"])
            await kept.ping()


async def all_answer(http: httpx.AsyncClient, status: int) -> bool:
    """Return whether every service answers with a status."""
    answers: Sequence[httpx.Response] = await asyncio.gather(*(http.get(path) for path in PATHS))
    return all(answer.status_code == status for answer in answers)
