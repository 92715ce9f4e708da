"""Rules for all workloads of the Kubernetes manifests."""

from typing import Any

import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]

from tests.deployment.k8s_manifests import (
    COMPONENT,
    K8S,
    PART_OF,
    Document,
    Manifests,
    containers,
    mebibytes,
    pod,
    pod_labels,
)
from tools.yaml_documents import parsed

LATEST = kubernetes_validate.latest_version()
WITHOUT_SCHEMA = {"Gateway", "HTTPRoute", "ScaledObject", "TriggerAuthentication", "PodMonitor", "PrometheusRule"}
DISK = "ephemeral-storage"


def test_every_manifest_conforms_to_the_newest_schema(manifests: Manifests) -> None:
    for document in manifests.documents:
        if document["kind"] not in WITHOUT_SCHEMA:
            kubernetes_validate.validate(dict(document), LATEST, strict=True)


def test_every_object_says_what_it_is_part_of(manifests: Manifests) -> None:
    for document in manifests.documents:
        assert document["metadata"]["labels"][PART_OF] == "california-gold"


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


def test_the_namespace_refuses_and_reports_what_is_not_restricted() -> None:
    labels = parsed((K8S / "namespace.yaml").read_bytes())["metadata"]["labels"]

    for mode in ("enforce", "warn", "audit"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"


def test_an_overlay_does_not_own_the_namespace(manifests: Manifests) -> None:
    assert not manifests.of("Namespace"), "its removal would take secrets and data with it"


def test_our_containers_have_a_read_only_root_filesystem(manifests: Manifests) -> None:
    for workload in manifests.ours():
        volumes = {volume["name"]: volume for volume in pod(workload)["volumes"]}
        for container in containers(workload):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            for mount in container["volumeMounts"]:
                assert mount.get("readOnly") or volumes[mount["name"]]["emptyDir"]["sizeLimit"]


def test_every_container_has_requests_and_limits(manifests: Manifests) -> None:
    for workload in manifests.workloads():
        for container in containers(workload):
            resources = container["resources"]
            assert set(resources["requests"]) - {DISK} == set(resources["limits"]) - {DISK} == {"cpu", "memory"}


def test_our_containers_ask_for_the_disk_that_they_may_fill(manifests: Manifests) -> None:
    for workload in manifests.ours():
        (container,) = containers(workload)
        disk = {name: amount[DISK] for name, amount in container["resources"].items()}
        assert mebibytes(disk["requests"]) < mebibytes(disk["limits"])
        volumes = [volume["emptyDir"]["sizeLimit"] for volume in pod(workload)["volumes"] if "emptyDir" in volume]
        assert mebibytes(disk["limits"]) > sum(map(mebibytes, volumes))


def test_every_long_running_process_has_probes(manifests: Manifests) -> None:
    for deployment in manifests.servers():
        own = pod_labels(deployment)[COMPONENT] == "gateway"
        live, ready, port = ("/gateway-live", "/gateway-live", 8080) if own else ("/live", "/ready", 8000)
        for container in pod(deployment)["containers"]:
            assert _probe_path(container, "startupProbe") == _probe_path(container, "livenessProbe") == live
            assert _probe_path(container, "readinessProbe") == ready
            assert {"name": "http", "containerPort": port} in container["ports"]


def _probe_path(container: Any, probe: str) -> str:
    assert container[probe]["httpGet"]["port"] == "http"
    assert container[probe]["timeoutSeconds"] > 2, "the checks of a process take up to 2 s"
    return container[probe]["httpGet"]["path"]


def test_the_analyzer_works_below_its_mount(manifests: Manifests) -> None:
    (container,) = containers(manifests.named("Deployment", "analyzer"))
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}

    folder = _value(container, "CALIFORNIA_GOLD_WORK_DIR")
    assert folder not in mounts, "a process cannot remove a mount point to make its folder anew"
    assert any(folder.startswith(f"{mount}/") for mount in mounts)


def _value(container: Document, name: str) -> str:
    (value,) = [variable["value"] for variable in container["env"] if variable["name"] == name]
    return value


def test_the_toolbox_equals_the_topics_job_but_for_its_secret_and_runs_when_scaled(manifests: Manifests) -> None:
    toolbox, topics = manifests.named("Deployment", "toolbox"), manifests.named("Job", "topics")
    (of_toolbox,), (of_topics,) = containers(toolbox), containers(topics)

    assert toolbox["spec"]["replicas"] == 0
    for name in ("image", "env", "volumeMounts", "securityContext"):
        assert of_toolbox[name] == of_topics[name]
    assert of_toolbox["envFrom"][0] == of_topics["envFrom"][0]
    assert of_topics["command"][0] == "california-gold"


def test_a_budget_or_a_deployment_selects_its_own_pods_only(manifests: Manifests) -> None:
    for owner in manifests.of("PodDisruptionBudget", "Deployment", "StatefulSet"):
        assert manifests.selected(owner["spec"]["selector"]["matchLabels"]) == [owner["metadata"]["name"]]


def test_images_are_pinned(manifests: Manifests) -> None:
    for workload in manifests.workloads():
        for container in containers(workload):
            assert container["image"].rpartition(":")[2] not in {container["image"], "latest"}


def test_production_names_a_registry_that_nobody_else_can_own(with_ingress: Manifests) -> None:
    for workload in with_ingress.workloads():
        assert pod(workload)["imagePullSecrets"]
        assert pod(workload)["nodeSelector"]["kubernetes.io/arch"]
        for container in containers(workload):
            registry, _, name = container["image"].partition("/")
            assert (registry, name.partition("/")[0]) == ("registry.example.com", "california-gold")


def test_the_analyzer_gives_way_to_what_answers_requests(production: Manifests) -> None:
    name = pod(production.named("Deployment", "analyzer"))["priorityClassName"]
    # The cluster autoscaler adds no node for pods below -10.
    assert -10 <= production.named("PriorityClass", name)["value"] < 0
    assert [each["metadata"]["name"] for each in production.ours() if "priorityClassName" in pod(each)] == ["analyzer"]
