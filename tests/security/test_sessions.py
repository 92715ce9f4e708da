"""A found token takes no account over, and a socket ends with its token."""

from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from testkit.eventually import eventually_blocking
from tests.e2e.embedded_product import EmbeddedProduct

ACCOUNT = {"username": "owner", "password": "correct horse"}
LIFETIME_SECONDS = 20
DEADLINE_SECONDS = 60.0
TOKEN_ENDED = 4401


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedProduct]:
    """A product whose tokens are valid for some seconds."""
    settings = {"CALIFORNIA_GOLD_TOKEN_LIFETIME_HOURS": str((LIFETIME_SECONDS + 0.5) / 3600)}
    running = EmbeddedProduct(tmp_path_factory.mktemp("product"), settings).start()
    httpx.post(f"{running.url}/auth/register", json=ACCOUNT).raise_for_status()
    yield running
    running.stop()


def logged_in(product: EmbeddedProduct) -> dict[str, str]:
    answer = httpx.post(f"{product.url}/auth/login", json=ACCOUNT)
    return {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}


def status_of(product: EmbeddedProduct, token: dict[str, str]) -> int:
    return httpx.get(f"{product.url}/jobs", headers=token).status_code


def test_a_socket_ends_when_its_token_expires(brief: EmbeddedProduct) -> None:
    token = logged_in(brief)
    job = httpx.post(f"{brief.url}/jobs", data={"title": "secret"}, headers=token).raise_for_status().json()
    url = f"{brief.url.replace('http', 'ws')}/ws/jobs/{job['id']}"
    with connect(url, additional_headers=token) as socket, pytest.raises(ConnectionClosed) as closed:
        list(iter(lambda: socket.recv(timeout=DEADLINE_SECONDS), None))
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == TOKEN_ENDED
    eventually_blocking(lambda: status_of(brief, token) == 401, within=DEADLINE_SECONDS)


def test_a_found_token_changes_no_password(product: EmbeddedProduct) -> None:
    user = httpx.post(f"{product.url}/auth/register", json=ACCOUNT).raise_for_status().json()
    found, path = logged_in(product), f"{product.url}/users/{user['id']}"
    for body, status in (
        ({"password": "thiefs own"}, 422),
        ({"password": "thiefs own", "current_password": "guessed"}, 403),
    ):
        assert httpx.put(path, json=body, headers=found).status_code == status
    owner = logged_in(product)
    body = {"password": "another horse", "current_password": ACCOUNT["password"]}
    httpx.put(path, json=body, headers=owner).raise_for_status()
    assert [status_of(product, token) for token in (found, owner)] == [401, 401]
    assert "another horse" not in product.log
