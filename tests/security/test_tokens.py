"""A token counts where RFC 6750 puts it, and is in no log line; rights come from nowhere else."""

import httpx
import pytest

from tests.e2e.api_client import Account, Api
from tests.e2e.embedded_product import EmbeddedProduct
from tests.security.exchange import exchange, statuses
from tests.security.raw_http import head


@pytest.fixture(scope="module")
def api(product: EmbeddedProduct) -> Api:
    return Api(product.url)


async def test_a_token_in_the_address_of_a_request_is_ignored(api: Api) -> None:
    async with api.registered() as account, api.anonymous() as http:
        for name in ("token", "access_token"):
            assert (await http.get("/auth/me", params={name: account.token})).status_code == 401


async def test_of_two_tokens_the_first_alone_counts(api: Api, product: EmbeddedProduct) -> None:
    async with api.registered() as one, api.registered() as other:

        def answered(*tokens: str) -> bytes:
            headers = [f"Authorization: Bearer {token}" for token in tokens]
            return exchange(product.url, head("GET", "/auth/me", *headers, "Connection: close"))

        assert statuses(answered("a.b.c", one.token)) == [401]
        assert one.user["username"].encode() in answered(one.token, other.token)


async def test_a_token_in_the_address_of_a_socket_is_in_no_log_line(api: Api, product: EmbeddedProduct) -> None:
    async with api.registered() as account:
        job = (await account.http.post("/jobs", data={"title": "a"})).raise_for_status().json()
        async with api.socket(job["id"], f"?token={account.token}") as socket:
            await socket.recv()
        assert account.token not in product.log
        assert account.token.rpartition(".")[2] not in product.log


def test_published_keys_have_no_secret_half(product: EmbeddedProduct) -> None:
    (key,) = httpx.get(f"{product.url}/.well-known/jwks.json").json()["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}


@pytest.mark.parametrize("smuggled", [{"admin": True}, {"is_admin": True}, {"id": 1}, {"role": "admin"}])
async def test_rights_and_ids_are_not_taken_from_a_body(api: Api, smuggled: dict[str, object]) -> None:
    async with api.registered() as account:
        await account.http.put(f"/users/{account.user['id']}", json={"full_name": "A", **smuggled})
        await account.http.post(
            "/auth/register", json={"username": f"b{account.user['id']}", "password": "long enough", **smuggled}
        )
        assert (await account.http.get("/auth/me")).json()["id"] == account.user["id"]
        async with api.signed_in(account.user["username"]) as again:
            assert (await _is_administrator(again)) is False


async def _is_administrator(account: Account) -> bool:
    return (await account.http.get("/stats", params={"scope": "system"})).status_code == 200
