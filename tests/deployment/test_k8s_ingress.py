"""Our own gateway behind a plain Ingress."""

from gateway.__main__ import gateway_of
from gateway.configuration import SERVICES, configuration
from tests.deployment.k8s_manifests import Document, Manifests, containers


def test_the_ingress_takes_the_place_of_the_gateway_api(with_ingress: Manifests, local: Manifests) -> None:
    for manifests in (with_ingress, local):
        assert not manifests.of("Gateway", "HTTPRoute")


def test_everything_reaches_our_gateway_by_tls(with_ingress: Manifests) -> None:
    ingress = with_ingress.named("Ingress", "california-gold")["spec"]
    (rule,), (tls,) = ingress["rules"], ingress["tls"]
    (path,) = rule["http"]["paths"]
    backend = path["backend"]["service"]
    service = with_ingress.named("Service", backend["name"])

    assert (path["path"], path["pathType"]) == ("/", "Prefix")
    assert tls == {"hosts": [rule["host"]], "secretName": "california-gold-tls"}
    assert backend["port"]["name"] in {port["name"] for port in service["spec"]["ports"]}
    assert with_ingress.selected(service["spec"]["selector"]) == ["gateway"]


def test_the_gateway_finds_the_services_by_their_full_names(with_ingress: Manifests) -> None:
    deployment = with_ingress.named("Deployment", "gateway")
    gateway = gateway_of(_environment(with_ingress, deployment))

    for name in SERVICES:
        (port,) = with_ingress.named("Service", name)["spec"]["ports"]
        assert gateway.upstreams[name] == [f"{name}.california-gold.svc.cluster.local:{port['port']}"]
    assert gateway.resolver == "kube-dns.kube-system.svc.cluster.local"
    assert gateway.origins == with_ingress.settings()["CALIFORNIA_GOLD_CORS_ORIGINS"]
    (container,) = containers(deployment)
    assert container["ports"] == [{"name": "http", "containerPort": int(gateway.listen)}]


def test_the_gateway_lets_uploads_end(with_ingress: Manifests) -> None:
    gateway = gateway_of(_environment(with_ingress, with_ingress.named("Deployment", "gateway")))

    assert "\nworker_shutdown_timeout 300s;\n" in configuration(gateway)


def test_the_gateway_has_no_secret(with_ingress: Manifests, local: Manifests) -> None:
    for manifests in (with_ingress, local):
        (container,) = containers(manifests.named("Deployment", "gateway"))
        assert "envFrom" not in container
        assert not any("secretKeyRef" in variable.get("valueFrom", {}) for variable in container["env"])


def _environment(manifests: Manifests, deployment: Document) -> dict[str, str]:
    """Return the variables with references filled in, as a kubelet does, and the one that an operator has to set."""
    (container,) = containers(deployment)
    namespace = deployment["metadata"]["namespace"]
    values: dict[str, str] = {}
    for variable in container["env"]:
        source = variable.get("valueFrom", {})
        if "configMapKeyRef" in source:
            settings = manifests.named("ConfigMap", source["configMapKeyRef"]["name"])["data"]
            values[variable["name"]] = settings[source["configMapKeyRef"]["key"]]
        else:
            values[variable["name"]] = variable.get("value", namespace).replace("$(NAMESPACE)", namespace)
    return values | {"GATEWAY_TRUSTED_PROXIES": "10.244.0.0/16"}
