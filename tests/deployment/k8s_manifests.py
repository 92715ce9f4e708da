"""The Kubernetes manifests as built by kustomize, with queries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers import cache
from tests.servers.shared import required
from tools.chart import kustomize
from tools.chart.substitution import SETTINGS

K8S = Path(__file__).parents[2] / "k8s"
PART_OF = "app.kubernetes.io/part-of"
NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Manifests:
    """All documents of one overlay."""

    documents: tuple[Document, ...]

    def of(self, *kinds: str) -> list[Document]:
        """Return the documents of these Kubernetes kinds."""
        return [document for document in self.documents if document["kind"] in kinds]

    def named(self, kind: str, name: str) -> Document:
        """Return a document. Raises `LookupError` with its name."""
        for document in self.of(kind):
            if document["metadata"]["name"] == name:
                return document
        raise LookupError(f"there is no {kind} {name}")

    def settings(self) -> Mapping[str, str]:
        """Return the settings that all processes share."""
        (settings,) = [each for each in self.of("ConfigMap") if each["metadata"]["name"].startswith(SETTINGS)]
        return settings["data"]

    def workloads(self) -> list[Document]:
        """Return the workloads (documents with pods)."""
        return self.of("Deployment", "StatefulSet", "Job")

    def ours(self) -> list[Document]:
        """Return the workloads with images of this repository."""
        return [workload for workload in self.workloads() if PART_OF in pod_labels(workload)]

    def processes(self) -> list[Document]:
        """Return the workloads that run a program of ours: all of ours but nginx, the gateway."""
        return [workload for workload in self.ours() if pod_labels(workload)[COMPONENT] != "gateway"]

    def servers(self) -> list[Document]:
        """Return the Deployments whose processes run for ever: all but the toolbox."""
        return [each for each in self.of("Deployment") if pod_labels(each)[COMPONENT] != "toolbox"]

    def scraped(self) -> list[Document]:
        """Return the Deployments whose processes run for ever and have metrics: nginx has none."""
        return [each for each in self.servers() if each in self.processes()]

    def selected(self, selector: Mapping[str, str]) -> list[str]:
        """Return the names of the workloads whose pods have these labels."""
        return [
            workload["metadata"]["name"]
            for workload in self.workloads()
            if selector.items() <= pod_labels(workload).items()
        ]

    def min_replicas(self, deployment: Document) -> int:
        """Return the minimum number of pods: of its autoscaler, else of the deployment."""
        name = deployment["metadata"]["name"]
        for scaler in self.of("HorizontalPodAutoscaler", "ScaledObject"):
            if scaler["spec"]["scaleTargetRef"]["name"] == name:
                return int(scaler["spec"].get("minReplicas") or scaler["spec"]["minReplicaCount"])
        return int(deployment["spec"].get("replicas", 1))


class Kustomize:
    """The program that builds the manifests."""

    @staticmethod
    def missing() -> str | None:
        """Return why it can't be used, or None."""
        return None if cache.kustomize_program().exists() else "kustomize is not there (make servers)"


def build(overlay: str, folder: Path, *components: str) -> Manifests:
    """Build an overlay, with further components, in `folder`; skip the test when kustomize is not installed."""
    required(Kustomize)
    return Manifests(tuple(kustomize.build(cache.kustomize_program(), overlay, folder, components)))


def pod_labels(workload: Document) -> Mapping[str, str]:
    """Return the labels of a workload's pods."""
    return workload["spec"]["template"]["metadata"]["labels"]


def pod(workload: Document) -> Document:
    """Return the specification of a workload's pods."""
    return workload["spec"]["template"]["spec"]


def containers(workload: Document) -> Iterator[Document]:
    """Yield all containers, including init containers."""
    yield from pod(workload).get("initContainers", ())
    yield from pod(workload)["containers"]


def mebibytes(quantity: str) -> int:
    """Return the mebibytes of a quantity such as `512Mi` or `5Gi`."""
    return int(quantity[:-2]) * {"Mi": 1, "Gi": 1024}[quantity[-2:]]
