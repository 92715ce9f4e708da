"""Who may connect to whom."""

import pytest

from tests.deployment.k8s_manifests import COMPONENT, NAME, PART_OF, Document, Manifests, containers, pod_labels
from tests.deployment.network_policies import Pod, is_allowed

STORE_PORTS = {2113, 9092, 27017, 9000}
GATEWAY, MONITORING = {"california-gold/gateway": "true"}, {"california-gold/monitoring": "true"}
ENVOY = Pod({"gateway.envoyproxy.io/owning-gateway-name": "california-gold"}, GATEWAY)
BESIDE_THE_SERVICES = Pod({"gateway.networking.k8s.io/gateway-name": "california-gold"})
CONTROLLER = Pod({NAME: "ingress-nginx"}, GATEWAY)
PROMETHEUS = Pod({NAME: "prometheus"}, MONITORING)
OTHERS = [
    Pod({}, {}),
    Pod({}, GATEWAY),
    Pod({}, MONITORING),
    Pod(ENVOY.labels, {}),
    Pod({"gateway.envoyproxy.io/owning-gateway-name": "another"}, GATEWAY),
    Pod(PROMETHEUS.labels, {}),
]


def test_network_traffic_is_denied_by_default(production: Manifests) -> None:
    deny = production.named("NetworkPolicy", "default-deny")["spec"]

    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_egress_of_a_process_is_limited_to_names_and_stores(production: Manifests) -> None:
    policies = {name: production.named("NetworkPolicy", name)["spec"]["egress"] for name in ("names", "stores")}
    ports = {port["port"] for rules in policies.values() for rule in rules for port in rule["ports"]}

    assert ports == STORE_PORTS | {53}
    assert all(rule["to"] for rules in policies.values() for rule in rules)


@pytest.mark.parametrize("gateway", [ENVOY, BESIDE_THE_SERVICES], ids=["in its namespace", "beside the services"])
def test_a_gateway_reaches_what_answers_requests_and_nothing_else(production: Manifests, gateway: Pod) -> None:
    for workload in production.ours():
        answers = pod_labels(workload)[COMPONENT] in {"server", "http"}
        assert is_allowed(production, gateway, _pod(workload), 8000) == answers
        assert not is_allowed(production, gateway, _pod(workload), 22)


@pytest.mark.parametrize("gateway", [ENVOY, BESIDE_THE_SERVICES], ids=["in its namespace", "beside the services"])
def test_a_gateway_reaches_our_own_which_has_the_console(production: Manifests, gateway: Pod) -> None:
    ours = _pod(production.named("Deployment", "gateway"))

    assert is_allowed(production, gateway, ours, 8080)
    assert not any(is_allowed(production, other, ours, 8080) for other in OTHERS)


def test_a_gateway_beside_the_services_is_reached_by_everybody(production: Manifests) -> None:
    for client in (*OTHERS, CONTROLLER):
        assert is_allowed(production, client, BESIDE_THE_SERVICES, 443)


def test_our_gateway_is_reached_by_the_ingress_controller_only(with_ingress: Manifests) -> None:
    ours = _pod(with_ingress.named("Deployment", "gateway"))

    assert is_allowed(with_ingress, CONTROLLER, ours, 8080)
    assert not any(is_allowed(with_ingress, other, ours, 8080) for other in OTHERS)


def test_our_gateway_reaches_what_answers_requests_and_nothing_else(local: Manifests) -> None:
    ours = _pod(local.named("Deployment", "gateway"))
    for workload in local.processes():
        assert is_allowed(local, ours, _pod(workload), 8000) == (pod_labels(workload)[COMPONENT] in {"server", "http"})
    for store in local.of("StatefulSet"):
        assert not any(is_allowed(local, ours, _pod(store), port) for port in STORE_PORTS)


def test_prometheus_reaches_every_process(production: Manifests) -> None:
    for workload in production.scraped():
        assert is_allowed(production, PROMETHEUS, _pod(workload), 8000)


def test_nobody_else_reaches_a_process_not_even_another_process(production: Manifests) -> None:
    for target in production.processes():
        for source in (*OTHERS, *map(_pod, production.processes())):
            assert not is_allowed(production, source, _pod(target), 8000)


def test_every_process_reaches_every_local_store(local: Manifests) -> None:
    for store in local.of("StatefulSet"):
        (port,) = [each["containerPort"] for container in containers(store) for each in container["ports"]]
        for source in local.processes():
            assert is_allowed(local, _pod(source), _pod(store), port)
        assert not any(is_allowed(local, other, _pod(store), port) for other in OTHERS)


def test_the_job_that_makes_the_replica_set_reaches_mongodb(local: Manifests) -> None:
    job, server = local.named("Job", "mongodb-replica-set"), local.named("StatefulSet", "mongodb")

    assert PART_OF not in pod_labels(job)
    assert is_allowed(local, _pod(job), _pod(server), 27017)


def _pod(workload: Document) -> Pod:
    ports = {port["name"]: port["containerPort"] for each in containers(workload) for port in each.get("ports", ())}
    return Pod(pod_labels(workload), ports=ports)
