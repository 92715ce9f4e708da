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
    with_gateway_api: Manifests, answered_by: Mapping[Operation, str]
) -> None:
    for (path, method), owner in answered_by.items():
        assert _reached(with_gateway_api, path, method) == [owner], (path, method)


def test_every_documented_operation_has_a_service(answered_by: Mapping[Operation, str]) -> None:
    assert documented() == answered_by.keys() - {SOCKET}


def test_internal_paths_are_not_reachable(with_gateway_api: Manifests) -> None:
    for path in INTERNAL_PATHS:
        assert not _reached(with_gateway_api, path, "GET")


def test_paths_of_every_process_reach_one_service(with_gateway_api: Manifests) -> None:
    for path in FROM_JOBS_QUERY:
        assert _reached(with_gateway_api, path, "GET") == ["jobs-query"]


def test_the_console_and_the_way_to_it_reach_our_gateway(with_gateway_api: Manifests) -> None:
    for path in ("/", "/console", "/console/", "/console/assets/main.js"):
        assert _reached(with_gateway_api, path, "GET") == ["gateway"]
    assert not _reached(with_gateway_api, "/unknown", "GET")


def test_preflight_requests_reach_the_service_of_the_path(
    with_gateway_api: Manifests, answered_by: Mapping[Operation, str]
) -> None:
    for path, _ in answered_by:
        assert len(_reached(with_gateway_api, path, "OPTIONS")) == 1
        assert len(_reached(with_gateway_api, path, "HEAD")) == 1


def test_a_route_respects_the_limits_of_the_gateway_api(with_gateway_api: Manifests) -> None:
    for route in with_gateway_api.of("HTTPRoute"):
        rules = route["spec"]["rules"]
        assert 0 < len(rules) <= MAX_RULES
        assert all(len(rule.get("matches", ())) <= MAX_MATCHES for rule in rules)
        assert sum(len(rule.get("matches", ())) for rule in rules) <= MAX_MATCHES_OF_A_ROUTE


def test_production_redirects_to_https_and_serves_nothing_else_without_it(production: Manifests) -> None:
    listeners = {each["name"]: each for each in production.named("Gateway", "california-gold")["spec"]["listeners"]}
    (redirect,) = production.named("HTTPRoute", "redirect-to-https")["spec"]["rules"]

    assert (listeners["http"]["port"], listeners["https"]["port"]) == (80, 443)
    assert [each["requestRedirect"]["scheme"] for each in redirect["filters"]] == ["https"]
    for route in production.of("HTTPRoute"):
        (parent,) = route["spec"]["parentRefs"]
        assert parent["sectionName"] == ("http" if route["metadata"]["name"] == "redirect-to-https" else "https")
        assert route["spec"]["hostnames"] == [listeners["https"]["hostname"]] == [listeners["http"]["hostname"]]


def test_a_route_has_a_gateway_and_leads_to_existing_services(with_gateway_api: Manifests) -> None:
    for route in with_gateway_api.of("HTTPRoute"):
        for parent in route["spec"]["parentRefs"]:
            with_gateway_api.named("Gateway", parent["name"])
        for rule in route["spec"]["rules"]:
            for backend in rule.get("backendRefs", ()):
                service = with_gateway_api.named("Service", backend["name"])
                assert backend["port"] in {port["port"] for port in service["spec"]["ports"]}
                assert with_gateway_api.selected(service["spec"]["selector"]) == [backend["name"]]


def test_a_service_selects_its_serving_processes_only(manifests: Manifests) -> None:
    for service in manifests.of("Service"):
        for name in manifests.selected(service["spec"]["selector"]):
            serving = [workload for workload in manifests.workloads() if workload["metadata"]["name"] == name]
            assert pod_labels(serving[0])[NAME] == service["metadata"]["name"]
            assert pod_labels(serving[0])[COMPONENT] in {"server", "http", "store", "gateway"}


def _reached(manifests: Manifests, path: str, method: str) -> list[str]:
    """Return the services of all matching rules; more than one would be ambiguous."""
    requested = "/".join("x" if part.startswith("{") else part for part in path.split("/"))
    return [
        backend["name"]
        for route in manifests.of("HTTPRoute")
        for rule in route["spec"]["rules"]
        if any(_matches(match, requested, method) for match in rule.get("matches", ()))
        for backend in rule.get("backendRefs", ())
    ]


def _matches(match: Document, path: str, method: str) -> bool:
    if match.get("method", method) != method:
        return False
    value = match["path"]["value"]
    if match["path"]["type"] == "Exact":
        return path == value
    assert match["path"]["type"] == "PathPrefix"
    return path == value or path.startswith(value.rstrip("/") + "/")
