"""Routing: the manifests, the code and the OpenAPI document agree."""

from collections.abc import Mapping

import pytest

from tests.deployment.k8s_manifests import COMPONENT, NAME, Document, Manifests, pod_labels
from tests.gateway.operation_owners import INTERNAL_PATHS, Operation, documented, owners

FROM_JOBS_QUERY = ("/health", "/docs", "/redoc", "/openapi.json", "/static-offline-docs/swagger-ui.css")
"""Paths that every process serves, routed to one of them."""
SOCKET = ("/ws/jobs/{job_id}", "GET")
MAX_RULES, MAX_MATCHES, MAX_MATCHES_OF_A_ROUTE = 16, 64, 128


@pytest.fixture(scope="session")
def answered_by() -> Mapping[Operation, str]:
    """The service of each operation, and of the WebSocket, which is not in OpenAPI."""
    return {**owners(), SOCKET: "notifier"}


def test_every_operation_reaches_the_service_that_answers_it(
    manifests: Manifests, answered_by: Mapping[Operation, str]
) -> None:
    for (path, method), owner in answered_by.items():
        assert _reached(manifests, path, method) == [owner], (path, method)


def test_every_documented_operation_has_a_service(answered_by: Mapping[Operation, str]) -> None:
    assert documented() == answered_by.keys() - {SOCKET}


def test_internal_paths_are_not_reachable(manifests: Manifests) -> None:
    for path in INTERNAL_PATHS:
        assert not _reached(manifests, path, "GET")


def test_paths_of_every_process_reach_one_service(manifests: Manifests) -> None:
    for path in FROM_JOBS_QUERY:
        assert _reached(manifests, path, "GET") == ["jobs-query"]


def test_preflight_requests_reach_the_service_of_the_path(
    manifests: Manifests, answered_by: Mapping[Operation, str]
) -> None:
    for path, _ in answered_by:
        assert len(_reached(manifests, path, "OPTIONS")) == 1
        assert len(_reached(manifests, path, "HEAD")) == 1


def test_a_route_respects_the_limits_of_the_gateway_api(manifests: Manifests) -> None:
    for route in manifests.of("HTTPRoute"):
        rules = route["spec"]["rules"]
        assert 0 < len(rules) <= MAX_RULES
        assert all(0 < len(rule["matches"]) <= MAX_MATCHES for rule in rules)
        assert sum(len(rule["matches"]) for rule in rules) <= MAX_MATCHES_OF_A_ROUTE


def test_a_route_has_a_gateway_and_leads_to_existing_services(manifests: Manifests) -> None:
    for route in manifests.of("HTTPRoute"):
        for parent in route["spec"]["parentRefs"]:
            manifests.named("Gateway", parent["name"])
        for rule in route["spec"]["rules"]:
            for backend in rule["backendRefs"]:
                service = manifests.named("Service", backend["name"])
                assert backend["port"] in {port["port"] for port in service["spec"]["ports"]}
                assert manifests.selected(service["spec"]["selector"]) == [backend["name"]]


def test_a_service_selects_its_serving_processes_only(manifests: Manifests) -> None:
    for service in manifests.of("Service"):
        for name in manifests.selected(service["spec"]["selector"]):
            serving = [workload for workload in manifests.workloads() if workload["metadata"]["name"] == name]
            assert pod_labels(serving[0])[NAME] == service["metadata"]["name"]
            assert pod_labels(serving[0])[COMPONENT] in {"server", "http", "store"}


def _reached(manifests: Manifests, path: str, method: str) -> list[str]:
    """Return the services of all matching rules; more than one would be ambiguous."""
    requested = "/".join("x" if part.startswith("{") else part for part in path.split("/"))
    return [
        backend["name"]
        for route in manifests.of("HTTPRoute")
        for rule in route["spec"]["rules"]
        if any(_matches(match, requested, method) for match in rule["matches"])
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
