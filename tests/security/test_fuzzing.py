"""A server survives what is no HTTP, no form and no WebSocket: it answers no 500, shows no trace, and goes on.

The examples are the same in every run.
"""

from collections.abc import Callable
from typing import TypeVar

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy, sampled_from, tuples

from tests.e2e.api_client import PASSWORD
from tests.e2e.embedded_product import EmbeddedProduct
from tests.security.exchange import converse, exchange, has_failed
from tests.security.malformed_forms import TYPES, forms
from tests.security.malformed_frames import frames
from tests.security.malformed_http import requests
from tests.security.raw_http import connected, head
from tests.security.surviving import survived

EXAMPLES = 200
HANDSHAKE = head(
    "GET",
    "/ws/jobs/550e8400-e29b-41d4-a716-446655440000",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


T = TypeVar("T")


def attack(product: EmbeddedProduct, strategy: SearchStrategy[T], send: Callable[[T], bytes]) -> None:
    """Send each example; what is received says that nothing failed, and the server survives them all."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(strategy)
    def sent(example: T) -> None:
        received = send(example)
        assert not has_failed(received), received[:2000]

    with survived(product):
        sent()


def test_malformed_requests_fail_nothing(product: EmbeddedProduct) -> None:
    attack(product, requests(), lambda sent: exchange(product.url, sent))


@pytest.fixture(scope="module")
def token(product: EmbeddedProduct) -> str:
    credentials = {"username": "fuzzer", "password": PASSWORD}
    httpx.post(f"{product.url}/auth/register", json=credentials).raise_for_status()
    return httpx.post(f"{product.url}/auth/login", json=credentials).raise_for_status().json()["access_token"]


def test_malformed_forms_fail_nothing(product: EmbeddedProduct, token: str) -> None:
    def send(example: tuple[str, bytes, bytes]) -> bytes:
        path, content_type, body = example
        start = head(
            "POST", path, f"Authorization: Bearer {token}", f"Content-Length: {len(body)}", "Connection: close"
        )
        return exchange(product.url, start[:-2] + b"Content-Type: " + content_type + b"\r\n\r\n" + body)

    attack(product, tuples(sampled_from(["/jobs", "/upload"]), TYPES, forms()), send)


def test_malformed_websocket_frames_fail_nothing(product: EmbeddedProduct) -> None:
    def send(example: bytes) -> bytes:
        with connected(product.url) as connection:
            connection.sendall(HANDSHAKE)
            assert connection.recv(65536).startswith(b"HTTP/1.1 101 ")
            return converse(connection, example)

    attack(product, frames(), send)
