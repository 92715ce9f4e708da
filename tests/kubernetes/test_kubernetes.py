"""The manifests, the update and the chart on a real API server with its controllers; pods become ready at once."""

import subprocess
from pathlib import Path

import pytest

from tests.kubernetes.cluster import NAMESPACE, Cluster
from tools.chart.kustomize import copied
from tools.chart.substitution import SERVICES

OVERLAYS = [("local",), ("production",), ("production", "ingress")]
WAIT = ("wait", "deployment", "--all", "--for", "condition=Available", "--timeout", "60s")
CHART = ("california-gold", "k8s/helm/california-gold", "--namespace", "california-gold")


@pytest.fixture
def production(tmp_path: Path) -> Path:
    return copied("production", tmp_path)


@pytest.mark.parametrize("overlay", OVERLAYS, ids=" with ".join)
def test_an_overlay_is_accepted_without_a_warning_and_every_pod_admitted(
    cluster: Cluster, overlay: tuple[str, ...], tmp_path: Path
) -> None:
    applied = cluster.run("kubectl", "apply", "-k", str(copied(overlay[0], tmp_path, overlay[1:])))

    assert not applied.stderr
    cluster.kubectl(*NAMESPACE, *WAIT)


def test_a_second_apply_changes_nothing(cluster: Cluster, production: Path) -> None:
    cluster.kubectl("apply", "-k", str(production))
    before = _generations(cluster)
    cluster.kubectl("apply", "-k", str(production))

    assert _generations(cluster) == before
    assert not cluster.kubectl("diff", "-k", str(production))


def _generations(cluster: Cluster) -> dict[str, int]:
    kinds = ("deployment", "poddisruptionbudget", "gateway", "httproute", "networkpolicy", "scaledobject")
    return {
        f"{each['kind']} {each['metadata']['name']}": each["metadata"]["generation"] for each in cluster.objects(*kinds)
    }


def test_a_removal_keeps_the_namespace_and_its_secrets(cluster: Cluster, production: Path) -> None:
    cluster.kubectl("apply", "-k", str(production))
    cluster.kubectl("delete", "-k", str(production), "--ignore-not-found")

    kept = {secret["metadata"]["name"] for secret in cluster.objects("secret")}
    assert kept == {f"california-gold-stores-{service}" for service in SERVICES}
    assert not cluster.objects("deployment", "job")


def test_a_pod_that_is_not_ready_can_be_evicted(cluster: Cluster, production: Path, tmp_path: Path) -> None:
    cluster.kubectl("apply", "-k", str(production))
    cluster.kubectl(*NAMESPACE, *WAIT)
    (name,) = [pod["metadata"]["name"] for pod in cluster.objects("pod") if pod["metadata"]["name"].startswith("notif")]
    not_ready = '{"status": {"conditions": [{"type": "Ready", "status": "False"}]}}'
    cluster.kubectl(*NAMESPACE, "patch", "pod", name, "--subresource", "status", "--patch", not_ready)
    eviction = tmp_path / "eviction.json"
    eviction.write_text(f'{{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {{"name": "{name}"}}}}')

    pods = "/api/v1/namespaces/california-gold/pods"
    assert '"Success"' in cluster.kubectl("create", "--raw", f"{pods}/{name}/eviction", "--filename", str(eviction))


def test_an_update_replaces_readers_first_and_never_runs_old_and_new_writers(
    cluster: Cluster, production: Path, tmp_path: Path
) -> None:
    cluster.run("k8s/update.sh", "kubectl", "apply", "-k", str(production))
    overlay = production / "kustomization.yaml"
    overlay.write_text(overlay.read_text().replace("newTag: 0.1.0", "newTag: 0.2.0"))
    with cluster.watched_pods(tmp_path / "pods"):
        cluster.run("k8s/update.sh", "--stop-writers", "kubectl", "apply", "-k", str(production))

    changes = [line.split() for line in (tmp_path / "pods").read_text().splitlines() if line]
    order = [(what, image.rpartition("/")[2]) for what, _, image in changes if what != "MODIFIED"]
    new_writers = [index for index, change in enumerate(order) if change == ("ADDED", "jobs-command:0.2.0")]
    old_writers = [index for index, change in enumerate(order) if change == ("DELETED", "jobs-command:0.1.0")]
    for reader in ("notifier", "jobs-query"):
        assert max(_indexes(order, reader)) < min(old_writers)
    assert max(old_writers) < min(new_writers)
    assert max(new_writers) < min(_indexes(order, "analyzer"))


def _indexes(order: list[tuple[str, str]], name: str) -> list[int]:
    return [index for index, (_, image) in enumerate(order) if image.startswith(f"{name}:")]


def test_the_chart_is_installed_updated_and_removed(cluster: Cluster) -> None:
    cluster.run("helm", "install", *CHART, "--wait", "--timeout", "60s")
    cluster.run(
        "helm", "upgrade", *CHART, "--set", "settings.CALIFORNIA_GOLD_S3_REGION=eu", "--wait", "--timeout", "60s"
    )
    assert [job["metadata"]["name"] for job in cluster.objects("job")] == ["topics-2"]
    cluster.run("k8s/update.sh", "helm", "upgrade", *CHART, "--set", "routing=ingress")
    assert [each["kind"] for each in cluster.objects("gateway", "httproute", "ingress")] == ["Ingress"]
    cluster.run("helm", "uninstall", "california-gold", "--namespace", "california-gold")
    assert not cluster.objects("deployment", "job", "ingress")


def test_an_overlay_needs_its_namespace(cluster: Cluster, production: Path, tmp_path: Path) -> None:
    elsewhere = production / "kustomization.yaml"
    elsewhere.write_text(elsewhere.read_text().replace("namespace: california-gold", "namespace: not-there"))

    with pytest.raises(subprocess.CalledProcessError) as refused:
        cluster.kubectl("apply", "-k", str(production))
    assert 'namespaces "not-there" not found' in refused.value.stderr
