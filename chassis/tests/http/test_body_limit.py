"""The limit of request bodies: the route decides whether a body streams, and no header does."""

from collections.abc import AsyncGenerator

import httpx
import pytest

MAX_BYTES = 1024**2
CHUNK = b"x" * 64 * 1024
CONTENT_TYPES = [
    "application/json",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "text/plain",
]


@pytest.mark.parametrize("content_type", [*CONTENT_TYPES, None])
@pytest.mark.parametrize("path", ["/auth/register", "/commands"])
async def test_no_content_type_lets_a_larger_body_through(
    api: httpx.AsyncClient, path: str, content_type: str | None
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await api.post(path, content=b"x" * (MAX_BYTES + 1), headers=headers)
    assert (answer.status_code, "detail" in answer.json()) == (413, True)


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
async def test_a_body_without_a_declared_length_is_read_up_to_the_limit_only(
    api: httpx.AsyncClient, content_type: str
) -> None:
    sent = 0

    async def endless() -> AsyncGenerator[bytes]:
        nonlocal sent
        while sent < 100 * MAX_BYTES:
            sent += len(CHUNK)
            yield CHUNK

    answer = await api.post("/commands", content=endless(), headers={"Content-Type": content_type})
    assert answer.status_code == 413
    assert sent <= MAX_BYTES + len(CHUNK)


async def test_the_body_of_a_get_request_is_limited_when_it_is_read(api: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k"}
    answer = await api.request("GET", "/context", content=b"x" * (MAX_BYTES + 1), headers=headers)
    assert answer.status_code == 413


async def test_a_body_of_exactly_the_limit_is_accepted(api: httpx.AsyncClient) -> None:
    body = b'{"username": "doctor", "password": "password123"}'
    answer = await api.post(
        "/auth/register", content=body.ljust(MAX_BYTES), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 201


@pytest.mark.parametrize("types", [("application/json", "multipart/x"), ("application/json", "application/json")])
async def test_two_content_types_are_400(api: httpx.AsyncClient, types: tuple[str, str]) -> None:
    headers = [("Content-Type", content_type) for content_type in types]
    body = b'{"username": "doctor", "password": "password123"}'
    answer = await api.post("/auth/register", content=body, headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (400, "Некорректные данные запроса")


async def test_requests_refused_by_their_headers_are_counted_and_identified(api: httpx.AsyncClient) -> None:
    answer = await api.get("/things/1", headers={"Cookie": "x" * 100_000, "X-Request-ID": "mine"})
    assert (answer.status_code, answer.headers["X-Request-ID"]) == (431, "mine")
    assert 'california_gold_requests_total{method="GET",route="unmatched",status="431"} 1.0' in (
        (await api.get("/metrics")).text
    )
