"""The middleware for every request."""

import asyncio
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import orjson
import pytest

from chassis.http.app import create_app
from chassis.http.request_log import request_log
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Service
from chassis.runtime.settings import Settings

OpenApi = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


async def test_the_response_has_the_clients_correlation_id(api: httpx.AsyncClient) -> None:
    answer = await api.get("/things/1", headers={"X-Request-ID": "client-1.a_b"})
    assert answer.headers["X-Request-ID"] == "client-1.a_b"


@pytest.mark.parametrize("given", [None, "", "two words", "x" * 129, "кириллица".encode(), "a\tb"])
async def test_an_invalid_correlation_id_is_replaced(api: httpx.AsyncClient, given: str | None) -> None:
    headers = {} if given is None else {"X-Request-ID": given}
    ids = [(await api.get("/things/1", headers=headers)).headers["X-Request-ID"] for _ in range(2)]
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)
    assert ids[0] != ids[1]


@pytest.mark.parametrize("path", ["/things/1/", "/things/1//", "//"])
async def test_a_trailing_slash_is_ignored(api: httpx.AsyncClient, path: str) -> None:
    answer = await api.get(path)
    assert answer.json() == {"number": 1, "limit": 1} if "1" in path else {"detail": "Не найдено"}


async def test_a_trailing_slash_does_not_lose_the_body(api: httpx.AsyncClient) -> None:
    answer = await api.post("/auth/register/", json={"username": "doctor", "password": "password123"})
    assert (answer.status_code, answer.json()) == (201, {"username": "doctor"})


@pytest.mark.parametrize("path", ["/things/1", "/nothing", "/docs"])
async def test_head_is_get_without_the_body(api: httpx.AsyncClient, path: str) -> None:
    head, get = await api.head(path), await api.get(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["Content-Length"] == str(len(get.content))


async def test_too_large_headers_are_431(api: httpx.AsyncClient) -> None:
    answer = await api.get("/things/1", headers={"Cookie": "x" * 100_000})
    assert (answer.status_code, answer.json()) == (431, {"detail": "Слишком большие заголовки запроса"})


async def test_requests_are_counted_by_route_template(api: httpx.AsyncClient) -> None:
    for path in ("/things/1", "/things/2", "/things/x", "/some/patient", "/raises/broken"):
        await api.get(path)
    metrics = (await api.get("/metrics")).text
    assert 'california_gold_requests_total{method="GET",route="/things/{number}",status="200"} 2.0' in metrics
    assert 'california_gold_requests_total{method="GET",route="/things/{number}",status="422"} 1.0' in metrics
    assert 'california_gold_requests_total{method="GET",route="/raises/{what}",status="500"} 1.0' in metrics
    assert 'california_gold_requests_total{method="GET",route="unmatched",status="404"} 1.0' in metrics
    assert 'california_gold_request_seconds_count{method="GET",route="/things/{number}"} 3.0' in metrics
    assert "patient" not in metrics


async def test_a_request_is_one_line_of_the_log_without_its_path(
    open_api: OpenApi, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_api(log_format="json") as api:
        await api.get("/things/987654?limit=3", headers={"X-Request-ID": "mine"})
    (line,) = capsys.readouterr().err.splitlines()
    logged = orjson.loads(line)
    assert logged.pop("timestamp").endswith("Z")
    assert logged.pop("milliseconds") >= 0
    assert logged == {
        "event": "request_handled",
        "level": "info",
        "correlation_id": "mine",
        "method": "GET",
        "route": "/things/{number}",
        "status": 200,
    }


@pytest.mark.parametrize("path", ["/live", "/ready", "/metrics"])
async def test_requests_of_probes_are_logged_at_the_level_debug_only(
    open_api: OpenApi, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    async with open_api() as api:
        await api.get(path)
        await api.get("/things/1")
    quiet = capsys.readouterr().err
    async with open_api(log_level="debug") as api:
        await api.get(path)
    verbose = capsys.readouterr().err
    assert "/things/{number}" in quiet
    assert f" {path} " not in quiet
    assert f"[debug    ] request_handled                GET {path} " in verbose


async def test_the_request_log_can_be_switched_off(open_api: OpenApi, capsys: pytest.CaptureFixture[str]) -> None:
    async with open_api(access_log="off") as api:
        await api.get("/things/1")
    assert capsys.readouterr().err == ""


def test_the_console_log_has_the_same_fields(capsys: pytest.CaptureFixture[str]) -> None:
    request_log("console")("mine", "GET", "/things/{number}", 200, 0.0123, "")
    assert "GET /things/{number} 200 12.3 ms correlation_id=mine" in capsys.readouterr().err


async def test_a_request_cancelled_at_shutdown_is_answered_503(
    service: Service, infrastructure: Infrastructure
) -> None:
    entered, sent = asyncio.Event(), list[dict[str, Any]]()

    async def receive() -> dict[str, Any]:
        entered.set()
        return await asyncio.get_running_loop().create_future()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/commands", "headers": [], "query_string": b""}
    app = create_app([service], infrastructure, Settings(rate_limits="off"))
    request = asyncio.ensure_future(app(scope, receive, send))  # pyright: ignore[reportArgumentType]
    await entered.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert sent[0]["status"] == 503
    assert orjson.loads(sent[1]["body"]) == {"detail": "Сервис временно недоступен, повторите запрос позже"}
