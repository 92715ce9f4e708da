"""Which requests reach which service: the manifests, the code and the OpenAPI document say the same."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from california_gold.application import services
from california_gold.settings import AllSettings
from chassis.embedded import embedded
from chassis.http.app import create_app
from tests.deployment.k8s_manifests import COMPONENT, NAME, Document, Manifests, pod_labels

ROOT = Path(__file__).parents[2]
OPENAPI = ROOT / "contracts" / "openapi.json"
GATEWAY = ROOT / "gateway" / "nginx.conf.template"
NOT_FOR_CLIENTS = {"/live", "/ready", "/metrics", "/presigned"}
"""Of the process itself, and of the object store in one process."""
OF_EVERY_PROCESS = {("/health", "GET"): "jobs-query"}
"""What each process answers, and who is asked: health looks at the stores that all share."""
DOCUMENTS = ("/docs", "/redoc", "/openapi.json", "/static-offline-docs/swagger-ui.css")
MOST_RULES, MOST_MATCHES = 16, 64
Operation = tuple[str, str]
SOCKET = ("/ws/jobs/{job_id}", "GET")


@pytest.fixture(scope="session")
def owners(tmp_path_factory: pytest.TempPathFactory) -> dict[Operation, str]:
    """The service that answers each method of each path, as the code has it."""
    return asyncio.run(_owners(tmp_path_factory.mktemp("data")))


async def _owners(data_dir: Path) -> dict[Operation, str]:
    async with embedded(data_dir) as infrastructure:
        settings = AllSettings()
        return {SOCKET: "notifier", **OF_EVERY_PROCESS} | {
            operation: service.name
            for service in services(infrastructure, settings)
            for operation in _operations(create_app([service], infrastructure, settings).openapi())
            if operation[0] not in NOT_FOR_CLIENTS and operation not in OF_EVERY_PROCESS
        }


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        yield from ((path, method.upper()) for method in methods)


def test_every_operation_reaches_the_service_that_answers_it(
    manifests: Manifests, owners: dict[Operation, str]
) -> None:
    assert owners
    for (path, method), owner in owners.items():
        assert _reached(manifests, path, method) == [owner], (path, method)


def test_no_operation_of_the_document_is_forgotten(owners: dict[Operation, str]) -> None:
    documented = set(_operations(json.loads(OPENAPI.read_bytes())))

    assert {each for each in documented if each[0] not in NOT_FOR_CLIENTS} == set(owners) - {SOCKET}


def test_what_is_not_for_clients_is_not_reachable(manifests: Manifests) -> None:
    for path in NOT_FOR_CLIENTS:
        assert not _reached(manifests, path, "GET")


def test_the_documents_are_served(manifests: Manifests) -> None:
    for path in DOCUMENTS:
        assert _reached(manifests, path, "GET") == ["jobs-query"]


def test_the_gateway_routes_alike(owners: dict[Operation, str]) -> None:
    routes = re.findall(r'^ +"~(\S+ .+?)" +\$\{([A-Z_]+)\};', GATEWAY.read_text(encoding="utf-8"), re.MULTILINE)

    assert routes
    for (path, method), owner in owners.items():
        asked = f"{method} {_asked(path)}"
        first = next(service for pattern, service in routes if re.search(pattern, asked))
        assert first.lower().replace("_", "-") == owner, asked


def test_a_browser_may_ask_first_wherever_it_may_call(manifests: Manifests, owners: dict[Operation, str]) -> None:
    for path, _ in owners:
        assert len(_reached(manifests, path, "OPTIONS")) == 1
        assert len(_reached(manifests, path, "HEAD")) == 1


def test_a_route_keeps_to_the_limits_of_the_gateway_api(manifests: Manifests) -> None:
    for route in manifests.of("HTTPRoute"):
        rules = route["spec"]["rules"]
        assert 0 < len(rules) <= MOST_RULES
        assert all(0 < len(rule["matches"]) <= MOST_MATCHES for rule in rules)
        assert sum(len(rule["matches"]) for rule in rules) <= 128


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
    asked = _asked(path)
    return [
        backend["name"]
        for route in manifests.of("HTTPRoute")
        for rule in route["spec"]["rules"]
        if any(_matches(match, asked, method) for match in rule["matches"])
        for backend in rule["backendRefs"]
    ]


def _asked(path: str) -> str:
    return "/".join("x" if part.startswith("{") else part for part in path.split("/"))


def _matches(match: Document, path: str, method: str) -> bool:
    if match.get("method", method) != method:
        return False
    value = match["path"]["value"]
    if match["path"]["type"] == "Exact":
        return path == value
    assert match["path"]["type"] == "PathPrefix"
    return path == value or path.startswith(value.rstrip("/") + "/")
