"""Every request reaches the service that answers it, as the client sent it."""

from collections.abc import Mapping

import httpx
import pytest

from tests.gateway.owners import NOT_FOR_CLIENTS, Operation, documented, owners
from tests.servers.nginx import OPENAPI

VALUES = {"{filename}": "a%2Fb%20c%25.zip", "{name}": "..%2f%C3%A9"}
"""Of parameters that may hold a slash."""


@pytest.fixture(scope="module")
def expected() -> Mapping[Operation, str]:
    return owners()


def asked(path: str) -> str:
    return "/".join(VALUES.get(part, "7%20a" if part.startswith("{") else part) for part in path.split("/"))


def test_every_operation_reaches_the_service_that_answers_it(
    http: httpx.Client, expected: Mapping[Operation, str]
) -> None:
    assert set(expected) >= documented()
    for (path, method), service in expected.items():
        for url in (asked(path), f"{asked(path)}/"):
            seen = http.request(method, f"{url}?q=%2F").json()
            assert (seen["service"], seen["method"], seen["path"], seen["query"]) == (service, method, url, "q=%2F")


def test_who_may_read_may_ask_for_the_head(http: httpx.Client, expected: Mapping[Operation, str]) -> None:
    for path, method in expected:
        if method == "GET":
            assert http.head(asked(path)).status_code == 200


def test_a_browser_may_ask_first_wherever_it_may_call(http: httpx.Client, expected: Mapping[Operation, str]) -> None:
    for path, _ in expected:
        assert http.options(asked(path)).json()["method"] == "OPTIONS"


def test_a_wrong_method_is_answered_by_a_service_that_knows_the_path(http: httpx.Client) -> None:
    assert http.patch("/jobs").json()["service"] == "jobs-query"
    assert http.delete("/jobs/1/results").json()["service"] == "jobs-query"
    assert http.patch("/users/1").json()["service"] == "identity"


@pytest.mark.parametrize("path", ["/health", "/docs", "/redoc", "/static-offline-docs/swagger-ui.css"])
def test_what_each_service_has_is_answered_by_one(http: httpx.Client, path: str) -> None:
    assert http.get(path).json()["path"] == path


@pytest.mark.parametrize(
    "path",
    [*sorted(NOT_FOR_CLIENTS), "/", "/metrics/", "//metrics", "/jobs/..%2Fmetrics", "/jobsx", "/healthy", "/-/404"],
)
def test_what_is_not_for_clients_is_not_there(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Не найдено"})


def test_the_document_is_that_of_all_services(http: httpx.Client) -> None:
    answer = http.get("/openapi.json", headers={"Origin": "https://page.example"})
    assert answer.content == OPENAPI.read_bytes()
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "https://page.example"


def test_the_gateway_says_that_it_lives(http: httpx.Client) -> None:
    assert http.get("/gateway-live").json() == {"status": "ok"}
