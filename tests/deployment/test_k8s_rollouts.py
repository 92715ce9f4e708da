"""What happens to replicas and requests at a rollout, a drain of a node, and a change of the number of replicas."""

from pathlib import Path

import pytest

from chassis.runtime.settings import Settings
from tests.deployment.k8s_manifests import COMPONENT, NAME, Document, Manifests, containers, pod, pod_labels

ROOT = Path(__file__).parents[2]
REQUESTS_DRAIN_SECONDS = Settings.model_fields["drain_seconds"].default
HAND_OVER_AND_CLOSE_SECONDS = 20
LONGEST_UPLOAD_SECONDS = 300
TAKE_UPLOADS = {("storage", "server"), ("jobs-command", "http"), ("gateway", "gateway")}


def test_uploads_have_five_minutes_to_end(manifests: Manifests) -> None:
    for deployment in manifests.servers():
        takes_uploads = (pod_labels(deployment)[NAME], pod_labels(deployment)[COMPONENT]) in TAKE_UPLOADS
        assert _drain_seconds(deployment) == (LONGEST_UPLOAD_SECONDS if takes_uploads else REQUESTS_DRAIN_SECONDS)


def test_the_grace_period_covers_the_drain(manifests: Manifests) -> None:
    for deployment in manifests.servers():
        for container in pod(deployment)["containers"]:
            paused = container["lifecycle"]["preStop"]["sleep"]["seconds"]
            needed = paused + _drain_seconds(deployment) + HAND_OVER_AND_CLOSE_SECONDS
            assert pod(deployment)["terminationGracePeriodSeconds"] >= needed


def _drain_seconds(deployment: Document) -> int:
    (container,) = containers(deployment)
    given = [each["value"] for each in container["env"] if each["name"].endswith("_DRAIN_SECONDS")]
    return int(given[0]) if given else REQUESTS_DRAIN_SECONDS


def test_a_rollout_in_production_keeps_all_replicas_available(with_ingress: Manifests) -> None:
    for deployment in with_ingress.servers():
        assert deployment["spec"]["strategy"]["type"] == "RollingUpdate"
        assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_the_documented_installation_waits_for_pods() -> None:
    """A Deployment whose only pod may be unavailable counts as available before that pod has started."""
    documented = (ROOT / "k8s" / "README.md").read_text(encoding="utf-8")

    assert "condition=Available" not in documented
    assert documented.count("rollout status deployment --timeout 10m") == 2


def test_a_local_rollout_needs_no_room_for_second_pods(local: Manifests) -> None:
    for deployment in local.servers():
        assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}


def test_replicas_are_spread_over_hosts_and_zones(manifests: Manifests) -> None:
    for deployment in manifests.servers():
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
    for deployment in manifests.servers():
        assert protected[deployment["metadata"]["name"]] == 1


def test_a_pod_that_is_not_ready_never_blocks_the_drain_of_its_node(manifests: Manifests) -> None:
    for budget in manifests.of("PodDisruptionBudget"):
        assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_production_survives_the_loss_of_a_process(with_ingress: Manifests) -> None:
    single_replica = {
        deployment["metadata"]["name"]
        for deployment in with_ingress.servers()
        if with_ingress.min_replicas(deployment) < 2
    }
    # The statistics are not critical; a restarted process rebuilds its windows.
    assert single_replica == {"jobs-query-statistics"}


@pytest.mark.parametrize("kind", ["HorizontalPodAutoscaler", "ScaledObject"])
def test_an_autoscaled_deployment_has_no_replica_count(production: Manifests, kind: str) -> None:
    for scaler in production.of(kind):
        target = production.named("Deployment", scaler["spec"]["scaleTargetRef"]["name"])
        assert "replicas" not in target["spec"]


def test_an_autoscaler_ends_no_more_pods_than_can_finish_their_uploads(production: Manifests) -> None:
    for scaler in production.of("HorizontalPodAutoscaler"):
        (policy,) = scaler["spec"]["behavior"]["scaleDown"]["policies"]
        assert (policy["type"], policy["value"]) == ("Pods", 1)
        assert policy["periodSeconds"] >= LONGEST_UPLOAD_SECONDS


def test_a_job_that_never_ends_is_ended_and_can_be_replaced(manifests: Manifests) -> None:
    for job in manifests.of("Job"):
        assert job["spec"]["activeDeadlineSeconds"] == 600
        annotations = job["metadata"]["annotations"]
        assert annotations["argocd.argoproj.io/hook-delete-policy"] == "BeforeHookCreation"
        assert annotations["kustomize.toolkit.fluxcd.io/force"] == "enabled"
