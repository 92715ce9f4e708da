"""WebSocket handshakes are counted, and an address of IPv6 is its network."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.e2e.api_client import PASSWORD
from tests.e2e.embedded_product import EmbeddedProduct

UNKNOWN_JOB = "/ws/jobs/550e8400-e29b-41d4-a716-446655440000"


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedProduct]:
    """A product that limits rates, behind a proxy."""
    settings = {
        "CALIFORNIA_GOLD_RATE_LIMITS": "on",
        "CALIFORNIA_GOLD_HANDSHAKES_PER_MINUTE": "8",
        "CALIFORNIA_GOLD_TRUSTED_PROXIES": "127.0.0.1",
    }
    running = EmbeddedProduct(tmp_path_factory.mktemp("product"), settings).start()
    yield running
    running.stop()


def handshake(product: EmbeddedProduct, address: str, path: str = UNKNOWN_JOB) -> int:
    """Return the status of a handshake from an address; 101 when it succeeds. The socket is closed again."""
    try:
        with connect(_url(product, path), additional_headers={"X-Forwarded-For": address}):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def _url(product: EmbeddedProduct, path: str) -> str:
    return f"{product.url.replace('http', 'ws')}{path}"


def _job(product: EmbeddedProduct) -> str:
    """Return the path of the socket of a job that exists, and waits for its file."""
    credentials = {"username": "owner", "password": PASSWORD}
    with httpx.Client(base_url=product.url) as http:
        http.post("/auth/register", json=credentials)
        token = http.post("/auth/login", json=credentials).json()["access_token"]
        created = http.post("/jobs", data={"title": "CT"}, headers={"Authorization": f"Bearer {token}"})
    return f"/ws/jobs/{created.json()['id']}"


@pytest.mark.parametrize(("query", "status"), [("", 101), ("?token=invalid", 401)], ids=["accepted", "refused"])
def test_handshakes_beyond_the_limit_are_429(limited: EmbeddedProduct, query: str, status: int) -> None:
    address = f"192.0.2.{status}"
    assert [handshake(limited, address, UNKNOWN_JOB + query) for _ in range(10)] == [status] * 8 + [429] * 2
    assert httpx.get(f"{limited.url}/jobs", headers={"X-Forwarded-For": address}).status_code == 401


def test_one_network_of_ipv6_has_the_sockets_of_one_client(limited: EmbeddedProduct) -> None:
    job = _job(limited)
    with ExitStack() as sockets:
        for number in range(1, 6):
            headers = {"X-Forwarded-For": f"2001:db8:1:2::{number}"}
            sockets.enter_context(connect(_url(limited, job), additional_headers=headers))
        assert handshake(limited, "2001:db8:1:2:ffff::1", job) == 429
        assert handshake(limited, "2001:db8:1:3::1", job) == 101


def test_handshakes_are_logged_and_counted_by_status(limited: EmbeddedProduct) -> None:
    handshake(limited, "198.51.100.1", f"{UNKNOWN_JOB}?token=invalid")
    metrics = httpx.get(f"{limited.url}/metrics").text
    assert 'california_gold_requests_total{method="GET",route="/ws/jobs/{job_id}",status="401"}' in metrics
    assert '"route":"/ws/jobs/{job_id}","status":401' in limited.log
    assert "invalid" not in limited.log
