"""Headers for browsers and caches."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import httpx
import pytest

from chassis.http.response_headers import completed

OpenApi = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.mark.parametrize(
    "path", ["/things/1", "/me", "/nothing", "/raises/broken", "/health", "/openapi.json", "/docs"]
)
async def test_every_response_has_the_security_headers(api: httpx.AsyncClient, path: str) -> None:
    headers = (await api.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


async def test_a_response_to_another_origin_has_them_too(api: httpx.AsyncClient) -> None:
    headers = (await api.get("/things/1", headers={"Origin": "https://page.example"})).headers
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


@pytest.mark.parametrize(
    ("headers", "method", "expected"),
    [
        ([], "GET", b"no-store"),
        ([(b"etag", b'"1"')], "GET", b"private, no-cache"),
        ([(b"etag", b'"1"')], "PUT", b"no-store"),
        ([(b"cache-control", b"max-age=60")], "GET", b"max-age=60"),
    ],
)
def test_only_what_can_be_asked_for_conditionally_may_be_kept(
    headers: list[tuple[bytes, bytes]], method: str, expected: bytes
) -> None:
    result = completed(headers, method)
    assert [value for name, value in result if name == b"cache-control"] == [expected]


def test_a_header_of_the_route_is_not_replaced() -> None:
    policy = [(b"Content-Security-Policy", b"sandbox"), (b"x-content-type-options", b"nosniff")]
    names = [name.lower() for name, _ in completed(policy, "GET")]
    assert len(names) == len(set(names))
