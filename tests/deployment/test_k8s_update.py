"""`k8s/update.sh` replaces readers before writers. A program in the place of kubectl keeps Deployments in a file."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.deployment.k8s_manifests import K8S, Manifests

KUBECTL = Path(__file__).with_name("fake_kubectl.py")
READERS = ["notifier", "jobs-query", "jobs-query-statistics", "jobs-query-workers"]
WRITERS = ["jobs-command-workers", "jobs-command"]
APPLY = ["kubectl", "apply", "-k", "overlay"]


@dataclass(frozen=True)
class Cluster:
    """A folder with the state of Deployments, and a `kubectl` that reads and changes it."""

    folder: Path

    def update(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the script."""
        environment = {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}", "CLUSTER": str(self.folder)}
        return subprocess.run(
            [K8S / "update.sh", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    @property
    def log(self) -> list[str]:
        """What happened, in order: `applied`, `replaced NAME`, `ended NAME`."""
        return (self.folder / "log").read_text(encoding="utf-8").splitlines()

    @property
    def deployments(self) -> dict[str, dict[str, Any]]:
        """The Deployments by name."""
        return json.loads((self.folder / "deployments.json").read_bytes())


@pytest.fixture
def cluster(with_ingress: Manifests, tmp_path: Path) -> Cluster:
    return _cluster(with_ingress, tmp_path)


@pytest.fixture(scope="module")
def updated(with_ingress: Manifests, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """A cluster after an update."""
    cluster = _cluster(with_ingress, tmp_path_factory.mktemp("cluster"))
    done = cluster.update(*APPLY)
    assert done.returncode == 0, done.stderr
    return cluster


def _cluster(manifests: Manifests, folder: Path) -> Cluster:
    state = {
        deployment["metadata"]["name"]: {
            "replicas": 0 if deployment["spec"].get("replicas") == 0 else 3,
            "paused": False,
        }
        for deployment in manifests.of("Deployment")
    }
    (folder / "deployments.json").write_text(json.dumps(state), encoding="utf-8")
    (folder / "log").touch()
    kubectl = folder / "kubectl"
    kubectl.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{KUBECTL}" "$@"\n', encoding="utf-8")
    kubectl.chmod(0o755)
    return Cluster(folder)


def test_readers_are_replaced_before_writers_and_the_analyzer_last(updated: Cluster) -> None:
    replaced = [line.removeprefix("replaced ") for line in updated.log if line.startswith("replaced ")]

    assert replaced[-7:] == [*READERS, *WRITERS, "analyzer"]
    assert sorted(replaced) == sorted(updated.deployments)
    assert not any(deployment["paused"] for deployment in updated.deployments.values())


def test_nothing_is_replaced_and_no_job_is_left_when_the_objects_change(updated: Cluster) -> None:
    assert updated.log[:2] == ["deleted jobs", "applied"]


def test_no_new_writer_starts_before_every_old_one_has_ended(cluster: Cluster) -> None:
    done = cluster.update("--stop-writers", *APPLY)

    assert done.returncode == 0, done.stderr
    ended = [cluster.log.index(f"ended {name}") for name in WRITERS]
    replaced = [cluster.log.index(f"replaced {name}") for name in WRITERS]
    assert max(cluster.log.index(f"replaced {name}") for name in READERS) < min(ended)
    assert max(ended) < min(replaced) < cluster.log.index("replaced analyzer")
    assert [cluster.deployments[name]["replicas"] for name in WRITERS] == [3, 3]


def test_a_failed_command_replaces_nothing_and_the_same_command_goes_on(cluster: Cluster) -> None:
    failed = cluster.update("false")

    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("update: not finished")
    assert cluster.log == ["deleted jobs"]
    assert cluster.update(*APPLY).returncode == 0
    assert "replaced analyzer" in cluster.log


def test_without_a_command_it_says_how_it_is_used(cluster: Cluster) -> None:
    done = cluster.update()

    assert done.returncode == 2
    assert "k8s/update.sh kubectl apply -k k8s/overlays/production" in done.stderr
    assert not cluster.log
