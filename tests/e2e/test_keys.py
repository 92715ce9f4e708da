"""The operator's commands for the keys of tokens, beside running processes."""

import asyncio

import httpx
import jwt

from testkit.eventually import eventually
from tests.e2e.api_client import PASSWORD, Account, Api, expect
from tests.e2e.product import Product
from tests.e2e.sockets import TOKEN_ENDED, close_code, socket_of

OF_EACH_SERVICE = ("/auth/me", "/files", "/jobs", "/stats", "/audit/job/1")


async def test_a_revoked_key_is_refused_by_every_service_within_a_minute(api: Api, product: Product) -> None:
    async with api.registered() as account:
        assert 401 not in await statuses(account.http)
        job = expect(await account.http.post("/jobs", data={"title": "watched"}), 201)
        async with socket_of(api, account, job["id"]) as socket:
            await socket.recv()
            await asyncio.to_thread(product.run_command, "keys", "revoke", kid_of(account.token))

            async def refused_everywhere() -> bool:
                return await statuses(account.http) == [401] * len(OF_EACH_SERVICE)

            await eventually(refused_everywhere, within=60)
            assert await close_code(socket) == TOKEN_ENDED
        await log_in_again(account)
        assert 401 not in await statuses(account.http)


async def test_a_rotation_ends_no_session(api: Api, product: Product) -> None:
    async with api.registered() as account:
        earlier = account.token
        await asyncio.to_thread(product.run_command, "keys", "rotate")

        async def has_new_key() -> bool:
            await log_in_again(account)
            return kid_of(account.token) != kid_of(earlier)

        await eventually(has_new_key, within=60)
        assert 401 not in await statuses(account.http)
        account.http.headers["Authorization"] = f"Bearer {earlier}"
        assert 401 not in await statuses(account.http)


async def statuses(http: httpx.AsyncClient) -> list[int]:
    return [(await http.get(path)).status_code for path in OF_EACH_SERVICE]


async def log_in_again(account: Account) -> None:
    credentials = {"username": account.user["username"], "password": PASSWORD}
    account.token = (await account.http.post("/auth/login", json=credentials)).json()["access_token"]
    account.http.headers["Authorization"] = f"Bearer {account.token}"


def kid_of(token: str) -> str:
    return jwt.get_unverified_header(token)["kid"]
