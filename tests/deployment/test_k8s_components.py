"""Optional components: autoscaling, metrics and alerts, network policies. Their kinds have no packaged schema."""

import re
from pathlib import Path

from california_gold_contracts.topics import JOBS
from tests.deployment.k8s_manifests import COMPONENT, PART_OF, Document, Manifests, pod, pod_labels

ROOT = Path(__file__).parents[2]
STORE_PORTS = {2113, 9092, 27017, 9000}


def test_the_analyzer_is_scaled_by_its_consumer_lag(production: Manifests) -> None:
    scaled = production.named("ScaledObject", "analyzer")["spec"]
    (trigger,) = scaled["triggers"]
    process = pod(production.named("Deployment", scaled["scaleTargetRef"]["name"]))["containers"][0]

    assert trigger["type"] == "kafka"
    assert trigger["metadata"]["topic"] == JOBS.name
    assert trigger["metadata"]["consumerGroup"] == "analyzer"
    assert all(isinstance(value, str) for value in trigger["metadata"].values())
    assert scaled["scaleTargetRef"]["envSourceContainerName"] == process["name"]
    assert trigger["metadata"]["bootstrapServersFromEnv"] in _settings(production)
    assert 0 < scaled["minReplicaCount"] < scaled["maxReplicaCount"] <= JOBS.partitions


def test_the_scaler_uses_the_same_broker_credentials_as_the_process(production: Manifests) -> None:
    (trigger,) = production.named("ScaledObject", "analyzer")["spec"]["triggers"]
    credentials = production.named("TriggerAuthentication", trigger["authenticationRef"]["name"])["spec"]
    settings = _settings(production)
    given = {
        variable["name"]: variable
        for variable in pod(production.named("Deployment", "analyzer"))["containers"][0]["env"]
    }
    (password,) = credentials["secretTargetRef"]
    (username,) = credentials["env"]

    assert (username["parameter"], username["name"] in settings) == ("username", True)
    assert given["CALIFORNIA_GOLD_KAFKA_PASSWORD"]["valueFrom"]["secretKeyRef"]["name"] == password["name"]
    assert given["CALIFORNIA_GOLD_KAFKA_PASSWORD"]["valueFrom"]["secretKeyRef"]["key"] == password["key"]
    mechanism = settings["CALIFORNIA_GOLD_KAFKA_SASL_MECHANISM"].lower().replace("-sha-", "_sha")
    assert trigger["metadata"]["sasl"] == mechanism
    encrypted = settings["CALIFORNIA_GOLD_KAFKA_SECURITY_PROTOCOL"].endswith("SSL")
    assert trigger["metadata"]["tls"] == ("enable" if encrypted else "disable")


def test_the_metrics_of_every_process_are_scraped(production: Manifests) -> None:
    monitor = production.named("PodMonitor", "california-gold")["spec"]
    (endpoint,) = monitor["podMetricsEndpoints"]
    (components,) = monitor["selector"]["matchExpressions"]

    assert (endpoint["port"], endpoint["path"]) == ("http", "/metrics")
    assert components["key"] == COMPONENT
    for deployment in production.of("Deployment"):
        assert monitor["selector"]["matchLabels"].items() <= pod_labels(deployment).items()
        assert pod_labels(deployment)[COMPONENT] in components["values"]


def test_alerts_use_existing_metrics(production: Manifests) -> None:
    rules = [rule for group in _alerts(production)["spec"]["groups"] for rule in group["rules"]]
    requested = set(re.findall(r"california_gold_(\w+)", " ".join(rule["expr"] for rule in rules)))

    assert requested == {"consumer_lag_events", "consumer_parked_events", "relay_delay_seconds", "requests_total"}
    for name in requested:
        assert f'"{name}"' in _code() or f'{{_PREFIX}}{name.removesuffix("_total")}"' in _code()
    for rule in rules:
        assert rule["alert"].startswith("CaliforniaGold")
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert {"summary", "description"} == set(rule["annotations"])


def test_network_traffic_is_denied_by_default(production: Manifests) -> None:
    deny = production.named("NetworkPolicy", "default-deny")["spec"]

    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_egress_is_limited_to_the_stores(production: Manifests) -> None:
    allowed = [rule for policy in production.of("NetworkPolicy") for rule in policy["spec"].get("egress", ())]
    ports = {port["port"] for rule in allowed for port in rule["ports"]}

    assert ports == STORE_PORTS | {53}
    assert all(rule["to"] for rule in allowed)


def test_ingress_is_limited_to_the_gateway_and_prometheus(production: Manifests) -> None:
    for policy in production.of("NetworkPolicy"):
        for rule in policy["spec"].get("ingress", ()):
            (source,) = rule["from"]
            (label,) = source["namespaceSelector"]["matchLabels"]
            assert label in {"california-gold/gateway", "california-gold/monitoring"}
            assert rule["ports"] == [{"protocol": "TCP", "port": "http"}]
            assert PART_OF in policy["spec"]["podSelector"]["matchLabels"]


def _settings(production: Manifests) -> dict[str, str]:
    (settings,) = production.of("ConfigMap")
    return settings["data"]


def _alerts(production: Manifests) -> Document:
    return production.named("PrometheusRule", "california-gold")


def _code() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in (ROOT / "chassis" / "src" / "chassis").rglob("*.py"))
