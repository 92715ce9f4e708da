"""The Helm chart renders the objects of the production overlay, and its values change what they say."""

from typing import Any

import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]
import pytest
import yaml

from tests.deployment.helm import CHART, ChartRefused, comparable, helm, rendered
from tests.deployment.k8s_manifests import Kustomize, Manifests, containers, pod
from tests.deployment.test_k8s import LATEST, WITHOUT_SCHEMA
from tests.servers import cache
from tests.servers.shared import required
from tools.chart.__main__ import stale
from tools.chart.chart import chart
from tools.chart.substitution import SERVICES
from tools.yaml_documents import parsed

INGRESS = {"routing": "ingress"}
SWITCHES = ["autoscaling", "observability", "networkPolicies", "priorityClass"]


@pytest.fixture(scope="session")
def by_default() -> Manifests:
    """The chart with its default values."""
    return rendered({})


def test_the_chart_is_generated_from_the_production_overlay() -> None:
    required(Kustomize)

    assert stale(CHART, chart(cache.kustomize_program())) == [], "make chart"


def test_the_chart_equals_the_production_overlay_object_by_object(by_default: Manifests, production: Manifests) -> None:
    assert comparable(by_default) == comparable(production)


def test_the_chart_equals_the_production_overlay_with_ingress(with_ingress: Manifests) -> None:
    assert comparable(rendered(INGRESS)) == comparable(with_ingress)


def test_helm_finds_no_fault_with_the_chart() -> None:
    assert "0 chart(s) failed" in helm("lint", "--strict", str(CHART), "--kube-version", "1.34.0")


@pytest.mark.parametrize("switch", SWITCHES)
def test_each_part_can_be_left_out(switch: str, by_default: Manifests) -> None:
    rest = rendered({switch: {"enabled": False}})

    assert {each["kind"] for each in rest.documents} < {each["kind"] for each in by_default.documents}


def test_what_other_values_render_conforms_to_the_newest_schema() -> None:
    off = {switch: {"enabled": False} for switch in SWITCHES}
    for document in rendered({**off, **INGRESS, "analyzerWork": {"storageClass": "encrypted"}}).documents:
        assert document["kind"] not in WITHOUT_SCHEMA
        kubernetes_validate.validate(dict(document), LATEST, strict=True)


def test_without_autoscaling_every_server_has_its_replicas() -> None:
    manifests = rendered({"autoscaling": {"enabled": False}, "processes": {"storage": {"replicas": 5}}})

    assert manifests.named("Deployment", "storage")["spec"]["replicas"] == 5
    for name in ("identity", "analyzer"):
        assert manifests.named("Deployment", name)["spec"]["replicas"] == 2


def test_values_name_the_images() -> None:
    digest = f"sha256:{'a' * 64}"
    images = {"registry": "images.hospital.example/gold", "tag": "1.2.3", "digests": {"storage": digest}}
    manifests = rendered({"images": {**images, "pullSecrets": []}, **INGRESS})

    for workload in manifests.workloads():
        (container,) = containers(workload)
        program, _, version = container["image"].removeprefix("images.hospital.example/gold/").partition("@")
        assert (program, version) == ("storage", digest) or container["image"].endswith(":1.2.3")
        assert container["image"].startswith("images.hospital.example/gold/")
        assert pod(workload)["imagePullSecrets"] == []


def test_a_private_authority_can_be_left_out() -> None:
    manifests = rendered({"certificateAuthority": {"configMap": ""}})

    for workload in manifests.processes():
        (container,) = containers(workload)
        assert not {"SSL_CERT_FILE", "CALIFORNIA_GOLD_KAFKA_CA_FILE"} & {each["name"] for each in container["env"]}
        assert "ca" not in {each["name"] for each in (*container["volumeMounts"], *pod(workload)["volumes"])}
    assert "configMapTargetRef" not in manifests.named("TriggerAuthentication", "analyzer-kafka")["spec"]


def test_uploads_under_analysis_can_lie_on_a_class_of_volumes() -> None:
    manifests = rendered({"analyzerWork": {"storageClass": "encrypted"}})
    (work,) = [each for each in pod(manifests.named("Deployment", "analyzer"))["volumes"] if each["name"] == "work"]

    claim = work["ephemeral"]["volumeClaimTemplate"]["spec"]
    assert (claim["storageClassName"], claim["resources"]["requests"]["storage"]) == ("encrypted", "16Gi")
    assert "emptyDir" not in work


def test_names_of_the_installation_stand_in_the_values_only() -> None:
    names: dict[str, Any] = {
        "host": "gold.hospital.example",
        "tlsSecret": "a-certificate",
        "secrets": {service: f"the-stores-of-{service}" for service in SERVICES},
        "certificateAuthority": {"configMap": "the-authority"},
        "images": {"registry": "images.hospital.example", "pullSecrets": [{"name": "the-registry"}]},
        "gateway": {"className": "istio"},
        "ingress": {"className": "traefik", "annotations": {}},
        "observability": {"labels": {"release": "prometheus"}, "runbooks": "https://wiki.hospital.example/gold"},
        "networkPolicies": {"stores": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]},
        "priorityClass": {"name": "the-priority"},
    }
    settings = parsed((CHART / "values.yaml").read_bytes())["settings"]
    names["settings"] = dict.fromkeys(settings, "a setting")
    for routing in ("gateway-api", "ingress"):
        manifests = rendered({**names, "routing": routing}, namespace="gold")
        text = yaml.safe_dump(list(manifests.documents))
        for name in ("example.com", "california-gold-", 'namespace="california-gold"', "10.20.0.0", "10.0.0.0"):
            assert name not in text.replace("california-gold-settings", "")
        assert {each["metadata"].get("namespace", "gold") for each in manifests.documents} == {"gold"}
        assert manifests.named("PrometheusRule", "california-gold")["metadata"]["labels"]["release"] == "prometheus"


def test_a_change_of_a_setting_replaces_the_pods(by_default: Manifests) -> None:
    changed = rendered({"settings": {"CALIFORNIA_GOLD_S3_REGION": "eu-central-1"}})
    for before in by_default.of("Deployment"):
        after = changed.named("Deployment", before["metadata"]["name"])
        assert (
            after["spec"]["template"]["metadata"]["annotations"]
            != before["spec"]["template"]["metadata"]["annotations"]
        )


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"replicas": 3}, "replicas"),
        ({"routing": "nodeport"}, "routing"),
        ({"images": {"tag": "latest"}}, "tag"),
        ({"images": {"digests": {"storage": "1.2.3"}}}, "digests"),
        ({"settings": {"CALIFORNIA_GOLD_PORT": 8000}}, "CALIFORNIA_GOLD_PORT"),
        ({"settings": {"CALIFORNIA_GOLD_MONGODB_URI": "mongodb://user:password@host"}}, "CALIFORNIA_GOLD_MONGODB_URI"),
        ({"processes": {"storage": {"replicas": 0}}}, "storage"),
        ({"processes": {"storage": {"resources": {"limits": {"memory": "much"}}}}}, "storage"),
        ({"networkPolicies": {"stores": []}}, "stores"),
        ({"host": "https://gold.example"}, "host"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(values: dict[str, Any], named: str) -> None:
    with pytest.raises(ChartRefused, match=named):
        rendered(values)
