"""Rules for all workloads of the Kubernetes manifests."""

from typing import Any

import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]
import pytest
import yaml

from tests.deployment.k8s_manifests import COMPONENT, K8S, NAME, Manifests, containers, pod, pod_labels

LATEST = kubernetes_validate.latest_version()
WITHOUT_SCHEMA = {"Gateway", "HTTPRoute", "ScaledObject", "TriggerAuthentication", "PodMonitor", "PrometheusRule"}
DRAIN_SECONDS = 30


def test_every_manifest_conforms_to_the_newest_schema(manifests: Manifests) -> None:
    for document in manifests.documents:
        if document["kind"] not in WITHOUT_SCHEMA:
            kubernetes_validate.validate(dict(document), LATEST, strict=True)


def test_every_container_runs_with_least_privilege(manifests: Manifests) -> None:
    for workload in manifests.workloads():
        of_pod = pod(workload)["securityContext"]
        assert of_pod["runAsNonRoot"] is True
        assert of_pod["runAsUser"] > 0
        assert of_pod["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod(workload)["automountServiceAccountToken"] is False
        for container in containers(workload):
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False
            assert context["capabilities"] == {"drop": ["ALL"]}


def test_our_containers_have_a_read_only_root_filesystem(manifests: Manifests) -> None:
    for workload in manifests.ours():
        volumes = {volume["name"]: volume for volume in pod(workload)["volumes"]}
        for container in containers(workload):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            for mount in container["volumeMounts"]:
                assert volumes[mount["name"]]["emptyDir"]["sizeLimit"]


def test_every_container_has_requests_and_limits(manifests: Manifests) -> None:
    for workload in manifests.workloads():
        for container in containers(workload):
            resources = container["resources"]
            assert set(resources["requests"]) == set(resources["limits"]) == {"cpu", "memory"}


def test_every_long_running_process_has_probes(manifests: Manifests) -> None:
    for deployment in manifests.of("Deployment"):
        for container in pod(deployment)["containers"]:
            assert _probe_path(container, "startupProbe") == _probe_path(container, "livenessProbe") == "/live"
            assert _probe_path(container, "readinessProbe") == "/ready"
            assert {"name": "http", "containerPort": 8000} in container["ports"]


def _probe_path(container: Any, probe: str) -> str:
    assert container[probe]["httpGet"]["port"] == "http"
    assert container[probe]["timeoutSeconds"] > 2, "the checks of a process take up to 2 s"
    return container[probe]["httpGet"]["path"]


def test_the_grace_period_covers_the_drain(manifests: Manifests) -> None:
    for deployment in manifests.of("Deployment"):
        for container in pod(deployment)["containers"]:
            paused = container["lifecycle"]["preStop"]["sleep"]["seconds"]
            assert pod(deployment)["terminationGracePeriodSeconds"] >= paused + DRAIN_SECONDS


def test_a_rollout_keeps_all_replicas_available(manifests: Manifests) -> None:
    for deployment in manifests.of("Deployment"):
        assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_replicas_are_spread_over_hosts_and_zones(manifests: Manifests) -> None:
    for deployment in manifests.of("Deployment"):
        spread = pod(deployment)["topologySpreadConstraints"]
        assert {constraint["topologyKey"] for constraint in spread} == {
            "kubernetes.io/hostname",
            "topology.kubernetes.io/zone",
        }
        for constraint in spread:
            assert {NAME, COMPONENT} <= set(constraint["matchLabelKeys"])
            assert constraint["labelSelector"]["matchLabels"].items() <= pod_labels(deployment).items()


def test_a_disruption_budget_evicts_one_replica_at_a_time(manifests: Manifests) -> None:
    protected = {
        name: budget["spec"]["maxUnavailable"]
        for budget in manifests.of("PodDisruptionBudget")
        for name in manifests.selected(budget["spec"]["selector"]["matchLabels"])
    }
    for deployment in manifests.of("Deployment"):
        if manifests.min_replicas(deployment) > 1:
            assert protected[deployment["metadata"]["name"]] == 1


def test_a_budget_or_a_deployment_selects_its_own_pods_only(manifests: Manifests) -> None:
    for owner in manifests.of("PodDisruptionBudget", "Deployment", "StatefulSet"):
        assert manifests.selected(owner["spec"]["selector"]["matchLabels"]) == [owner["metadata"]["name"]]


def test_images_are_pinned(manifests: Manifests) -> None:
    for workload in manifests.workloads():
        for container in containers(workload):
            assert container["image"].rpartition(":")[2] not in {container["image"], "latest"}


def test_production_survives_the_loss_of_a_process(production: Manifests) -> None:
    single_replica = {
        deployment["metadata"]["name"]
        for deployment in production.of("Deployment")
        if production.min_replicas(deployment) < 2
    }
    # The statistics are not critical; a restarted process rebuilds its windows.
    assert single_replica == {"jobs-query-statistics"}


@pytest.mark.parametrize("kind", ["HorizontalPodAutoscaler", "ScaledObject"])
def test_an_autoscaled_deployment_has_no_replica_count(production: Manifests, kind: str) -> None:
    for scaler in production.of(kind):
        target = production.named("Deployment", scaler["spec"]["scaleTargetRef"]["name"])
        assert "replicas" not in target["spec"]


def test_the_local_stores_equal_those_of_compose(manifests: Manifests) -> None:
    compose = yaml.safe_load((K8S.parent / "docker-compose.yml").read_bytes())["services"]

    for store in manifests.of("StatefulSet"):
        (container,) = containers(store)
        assert container["image"] == compose[store["metadata"]["name"]]["image"]
