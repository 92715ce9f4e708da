"""Which requests reach which service: the manifests, the code and the OpenAPI document say the same."""

from collections.abc import Mapping

import pytest

from tests.deployment.k8s_manifests import COMPONENT, NAME, Document, Manifests, pod_labels
from tests.gateway.owners import NOT_FOR_CLIENTS, Operation, documented, owners

FROM_JOBS_QUERY = ("/health", "/docs", "/redoc", "/openapi.json", "/static-offline-docs/swagger-ui.css")
"""What every process answers alike, and one is asked for."""
SOCKET = ("/ws/jobs/{job_id}", "GET")
MOST_RULES, MOST_MATCHES, MOST_MATCHES_OF_A_ROUTE = 16, 64, 128


@pytest.fixture(scope="session")
def answered_by() -> Mapping[Operation, str]:
    """The service of each operation, and of the WebSocket, which no OpenAPI document has."""
    return {**owners(), SOCKET: "notifier"}


def test_every_operation_reaches_the_service_that_answers_it(
    manifests: Manifests, answered_by: Mapping[Operation, str]
) -> None:
    for (path, method), owner in answered_by.items():
        assert _reached(manifests, path, method) == [owner], (path, method)


def test_no_operation_of_the_document_is_forgotten(answered_by: Mapping[Operation, str]) -> None:
    assert documented() == answered_by.keys() - {SOCKET}


def test_what_is_not_for_clients_is_not_reachable(manifests: Manifests) -> None:
    for path in NOT_FOR_CLIENTS:
        assert not _reached(manifests, path, "GET")


def test_what_every_process_answers_is_asked_of_one(manifests: Manifests) -> None:
    for path in FROM_JOBS_QUERY:
        assert _reached(manifests, path, "GET") == ["jobs-query"]


def test_a_browser_may_ask_first_wherever_it_may_call(
    manifests: Manifests, answered_by: Mapping[Operation, str]
) -> None:
    for path, _ in answered_by:
        assert len(_reached(manifests, path, "OPTIONS")) == 1
        assert len(_reached(manifests, path, "HEAD")) == 1


def test_a_route_keeps_to_the_limits_of_the_gateway_api(manifests: Manifests) -> None:
    for route in manifests.of("HTTPRoute"):
        rules = route["spec"]["rules"]
        assert 0 < len(rules) <= MOST_RULES
        assert all(0 < len(rule["matches"]) <= MOST_MATCHES for rule in rules)
        assert sum(len(rule["matches"]) for rule in rules) <= MOST_MATCHES_OF_A_ROUTE


def test_a_route_belongs_to_a_gateway_and_leads_to_pods_that_serve(manifests: Manifests) -> None:
    for route in manifests.of("HTTPRoute"):
        for parent in route["spec"]["parentRefs"]:
            manifests.named("Gateway", parent["name"])
        for rule in route["spec"]["rules"]:
            for backend in rule["backendRefs"]:
                service = manifests.named("Service", backend["name"])
                assert backend["port"] in {port["port"] for port in service["spec"]["ports"]}
                assert manifests.selected(service["spec"]["selector"]) == [backend["name"]]


def test_requests_only_reach_processes_that_answer_them(manifests: Manifests) -> None:
    for service in manifests.of("Service"):
        for name in manifests.selected(service["spec"]["selector"]):
            serving = [each for each in manifests.workloads() if each["metadata"]["name"] == name]
            assert pod_labels(serving[0])[NAME] == service["metadata"]["name"]
            assert pod_labels(serving[0])[COMPONENT] in {"server", "http", "store"}


def _reached(manifests: Manifests, path: str, method: str) -> list[str]:
    """Return the services of all rules that match: one, or else the gateway would have to choose."""
    asked = "/".join("x" if part.startswith("{") else part for part in path.split("/"))
    return [
        backend["name"]
        for route in manifests.of("HTTPRoute")
        for rule in route["spec"]["rules"]
        if any(_matches(match, asked, method) for match in rule["matches"])
        for backend in rule["backendRefs"]
    ]


def _matches(match: Document, path: str, method: str) -> bool:
    if match.get("method", method) != method:
        return False
    value = match["path"]["value"]
    if match["path"]["type"] == "Exact":
        return path == value
    assert match["path"]["type"] == "PathPrefix"
    return path == value or path.startswith(value.rstrip("/") + "/")
