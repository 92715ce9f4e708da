"""A cluster of one real node, with disks and DNS, on which the overlay `local` is installed as k8s/README.md says."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.kubernetes import node_images
from tests.kubernetes.cluster import NAMESPACE, Cluster
from tests.kubernetes.control_plane import ControlPlane
from tests.kubernetes.kernel_settings import kept_kernel_settings
from tests.kubernetes.node import Node
from tests.kubernetes.node_network import MACHINE, NodeNetwork
from tools.chart.kustomize import copied

_MANIFESTS = Path(__file__).parent / "manifests"
_STORES = 4
_DISK = """apiVersion: v1
kind: PersistentVolume
metadata: {{name: disk-{number}}}
spec:
  capacity: {{storage: 20Gi}}
  accessModes: [ReadWriteOnce]
  hostPath: {{path: "{folder}"}}
"""
_REPLICA_SET_URI, _URI = "?replicaSet=rs0", "?directConnection=true"


@contextmanager
def running_node_cluster(folder: Path) -> Generator[Cluster]:
    """Start a control plane and its node, with the images of the Dockerfile and of the stores."""
    (folder / "control-plane").mkdir()
    with (
        kept_kernel_settings(),
        NodeNetwork(),
        ControlPlane(folder / "control-plane", MACHINE, has_node=True) as control_plane,
        Node(folder / "node", control_plane),
    ):
        node_images.load()
        cluster = Cluster(control_plane)
        cluster.kubectl("apply", "--filename", str(_MANIFESTS / "cluster.yaml"))
        for number in range(_STORES):
            cluster.kubectl("apply", "--filename", str(_disk(folder, number)))
        yield cluster


def _disk(folder: Path, number: int) -> Path:
    data, manifest = folder / f"disk-{number}", folder / f"disk-{number}.yaml"
    data.mkdir()
    data.chmod(0o777)  # a hostPath volume is not given to the group of the pod
    manifest.write_text(_DISK.format(number=number, folder=data), encoding="utf-8")
    return manifest


def local_overlay(folder: Path) -> Path:
    """Return the overlay `local` with our gateway, changed where the node and the stores of the tests need it."""
    local = copied("local", folder, ("ingress",))
    for secrets in (local / "secrets").glob("*.env"):
        secrets.write_text(secrets.read_text("utf-8").replace(_REPLICA_SET_URI, _URI), encoding="utf-8")
    return Path(shutil.copytree(_MANIFESTS / "overlay", local.parent / "node"))


def url_of_the_gateway(cluster: Cluster) -> str:
    """Return where the API is reached from this machine."""
    address = cluster.kubectl(*NAMESPACE, "get", "service", "gateway", "--output", "jsonpath={.spec.clusterIP}")
    return f"http://{address}:8080"
