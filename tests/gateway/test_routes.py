"""Routing: every request reaches its service unchanged."""

from collections.abc import Mapping

import httpx
import pytest

from tests.gateway.operation_owners import INTERNAL_PATHS, Operation, documented, owners
from tests.servers.nginx import OPENAPI

VALUES = {"{filename}": "a%2Fb%20c%25.zip", "{name}": "..%2f%C3%A9"}
"""Values of path parameters that may contain a slash."""


@pytest.fixture(scope="module")
def expected() -> Mapping[Operation, str]:
    return owners()


def url_of(path: str) -> str:
    return "/".join(VALUES.get(part, "7%20a" if part.startswith("{") else part) for part in path.split("/"))


def test_every_operation_reaches_the_service_that_answers_it(
    http: httpx.Client, expected: Mapping[Operation, str]
) -> None:
    assert set(expected) >= documented()
    for (path, method), service in expected.items():
        for url in (url_of(path), f"{url_of(path)}/"):
            seen = http.request(method, f"{url}?q=%2F").json()
            assert (seen["service"], seen["method"], seen["path"], seen["query"]) == (service, method, url, "q=%2F")


def test_head_is_allowed_wherever_get_is(http: httpx.Client, expected: Mapping[Operation, str]) -> None:
    for path, method in expected:
        if method == "GET":
            assert http.head(url_of(path)).status_code == 200


def test_preflight_requests_reach_the_service_of_the_path(
    http: httpx.Client, expected: Mapping[Operation, str]
) -> None:
    for path, _ in expected:
        assert http.options(url_of(path)).json()["method"] == "OPTIONS"


def test_a_wrong_method_is_answered_by_a_service_that_knows_the_path(http: httpx.Client) -> None:
    assert http.patch("/jobs").json()["service"] == "jobs-query"
    assert http.delete("/jobs/1/results").json()["service"] == "jobs-query"
    assert http.patch("/users/1").json()["service"] == "identity"


@pytest.mark.parametrize("path", ["/health", "/docs", "/redoc", "/static-offline-docs/swagger-ui.css"])
def test_paths_of_every_process_are_answered_by_one_service(http: httpx.Client, path: str) -> None:
    assert http.get(path).json()["path"] == path


@pytest.mark.parametrize(
    "path",
    [*sorted(INTERNAL_PATHS), "/", "/metrics/", "//metrics", "/jobs/..%2Fmetrics", "/jobsx", "/healthy", "/-/404"],
)
def test_internal_paths_are_not_routed(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Не найдено"})


def test_the_openapi_document_covers_all_services(http: httpx.Client) -> None:
    answer = http.get("/openapi.json", headers={"Origin": "https://page.example"})
    assert answer.content == OPENAPI.read_bytes()
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "https://page.example"


def test_the_gateway_has_a_liveness_probe(http: httpx.Client) -> None:
    assert http.get("/gateway-live").json() == {"status": "ok"}
