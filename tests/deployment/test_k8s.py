"""What holds for everything that the manifests run."""

from typing import Any

import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]
import pytest
import yaml

from tests.deployment.k8s_manifests import COMPONENT, K8S, NAME, Manifests, containers, pod, pod_labels

LATEST = kubernetes_validate.latest_version()
WITHOUT_SCHEMA = {"Gateway", "HTTPRoute", "ScaledObject", "TriggerAuthentication", "PodMonitor", "PrometheusRule"}
DRAIN_SECONDS = 30


def test_every_document_fits_the_newest_schema(manifests: Manifests) -> None:
    for document in manifests.documents:
        if document["kind"] not in WITHOUT_SCHEMA:
            kubernetes_validate.validate(dict(document), LATEST, strict=True)


def test_every_container_runs_without_rights_that_it_does_not_need(manifests: Manifests) -> None:
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


def test_our_containers_cannot_write_to_their_image(manifests: Manifests) -> None:
    for workload in manifests.ours():
        volumes = {volume["name"]: volume for volume in pod(workload)["volumes"]}
        for container in containers(workload):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            for mount in container["volumeMounts"]:
                assert volumes[mount["name"]]["emptyDir"]["sizeLimit"]


def test_every_container_says_what_it_needs_and_may_use(manifests: Manifests) -> None:
    for workload in manifests.workloads():
        for container in containers(workload):
            resources = container["resources"]
            assert set(resources["requests"]) == set(resources["limits"]) == {"cpu", "memory"}


def test_every_process_that_stays_is_probed(manifests: Manifests) -> None:
    for deployment in manifests.of("Deployment"):
        for container in pod(deployment)["containers"]:
            assert _asked(container, "startupProbe") == _asked(container, "livenessProbe") == "/live"
            assert _asked(container, "readinessProbe") == "/ready"
            assert {"name": "http", "containerPort": 8000} in container["ports"]


def _asked(container: Any, probe: str) -> str:
    assert container[probe]["httpGet"]["port"] == "http"
    assert container[probe]["timeoutSeconds"] > 2, "the process itself waits 2 s for its checks"
    return container[probe]["httpGet"]["path"]


def test_a_process_has_time_to_finish_what_is_under_way(manifests: Manifests) -> None:
    for deployment in manifests.of("Deployment"):
        for container in pod(deployment)["containers"]:
            paused = container["lifecycle"]["preStop"]["sleep"]["seconds"]
            assert pod(deployment)["terminationGracePeriodSeconds"] >= paused + DRAIN_SECONDS


def test_a_rollout_never_leaves_fewer_than_there_were(manifests: Manifests) -> None:
    for deployment in manifests.of("Deployment"):
        assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_replicas_are_spread_over_hosts_and_zones(manifests: Manifests) -> None:
    for deployment in manifests.of("Deployment"):
        spread = pod(deployment)["topologySpreadConstraints"]
        assert {each["topologyKey"] for each in spread} == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}
        for each in spread:
            assert {NAME, COMPONENT} <= set(each["matchLabelKeys"])
            assert each["labelSelector"]["matchLabels"].items() <= pod_labels(deployment).items()


def test_what_has_replicas_keeps_all_but_one_when_nodes_are_drained(manifests: Manifests) -> None:
    protected = {
        name: budget["spec"]["maxUnavailable"]
        for budget in manifests.of("PodDisruptionBudget")
        for name in manifests.selected(budget["spec"]["selector"]["matchLabels"])
    }
    for deployment in manifests.of("Deployment"):
        if manifests.least_replicas(deployment) > 1:
            assert protected[deployment["metadata"]["name"]] == 1


def test_a_budget_or_a_deployment_selects_its_own_pods_only(manifests: Manifests) -> None:
    for owner in manifests.of("PodDisruptionBudget", "Deployment", "StatefulSet"):
        assert manifests.selected(owner["spec"]["selector"]["matchLabels"]) == [owner["metadata"]["name"]]


def test_images_are_pinned(manifests: Manifests) -> None:
    for workload in manifests.workloads():
        for container in containers(workload):
            assert container["image"].rpartition(":")[2] not in {container["image"], "latest"}


def test_production_survives_the_loss_of_a_process(production: Manifests) -> None:
    alone = {
        deployment["metadata"]["name"]
        for deployment in production.of("Deployment")
        if production.least_replicas(deployment) < 2
    }
    # Its figures are for looking at; a lost process fills its windows anew.
    assert alone == {"jobs-query-statistics"}


@pytest.mark.parametrize("kind", ["HorizontalPodAutoscaler", "ScaledObject"])
def test_what_is_scaled_says_no_number_of_its_own(production: Manifests, kind: str) -> None:
    for scaler in production.of(kind):
        target = production.named("Deployment", scaler["spec"]["scaleTargetRef"]["name"])
        assert "replicas" not in target["spec"]


def test_the_stores_to_try_it_with_are_those_of_compose(manifests: Manifests) -> None:
    compose = yaml.safe_load((K8S.parent / "docker-compose.yml").read_bytes())["services"]

    for store in manifests.of("StatefulSet"):
        (container,) = containers(store)
        assert container["image"] == compose[store["metadata"]["name"]]["image"]
