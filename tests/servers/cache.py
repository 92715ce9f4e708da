"""The folder of the servers' programs: outside the working tree, so that all checkouts share it."""

import os
from pathlib import Path

KAFKA_VERSION = "4.1.1"
MINIO_VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"
SECANTUSDB_VERSION = "0.7.0b3"
KUSTOMIZE_VERSION = "v5.8.2"
HELM_VERSION = "v3.22.0"
KUBERNETES_VERSION = "v1.34.3"
ASYNCAPI_SPECS_VERSION = "6.11.1"


def cache() -> Path:
    """Return the folder: `SERVERS_CACHE` if it is set, else one in the user's cache."""
    configured = os.environ.get("SERVERS_CACHE")
    return Path(configured) if configured else Path.home() / ".cache" / "california-gold" / "servers"


def kafka_libraries() -> Path:
    """Return the folder of Kafka's jars."""
    return cache() / f"kafka-{KAFKA_VERSION}"


def minio_program() -> Path:
    """Return the path of MinIO's program."""
    return cache() / "bin" / "minio"


def kustomize_program() -> Path:
    """Return the path of kustomize, which builds the Kubernetes manifests."""
    return cache() / "bin" / "kustomize"


def helm_program() -> Path:
    """Return the path of Helm, which renders the chart."""
    return cache() / "bin" / "helm"


def kubernetes() -> Path:
    """Return the folder of the programs of a Kubernetes control plane, and of custom resource definitions in `crds`."""
    return cache() / f"kubernetes-{KUBERNETES_VERSION}"


def containerd() -> Path:
    """Return the folder of a Kubernetes node's images."""
    return cache() / "containerd"


def asyncapi_schema() -> Path:
    """Return the path of the JSON Schema of AsyncAPI 3.0 documents."""
    return cache() / f"asyncapi-specs-{ASYNCAPI_SPECS_VERSION}" / "3.0.0.json"


def dicom3tools() -> Path:
    """Return the folder of Debian's package dicom3tools, unpacked; its `dciodvfy` checks DICOM objects."""
    return cache() / "dicom3tools"


def prometheus() -> Path:
    """Return the folder of Debian's package prometheus, unpacked; its `promtool` tests alerts."""
    return cache() / "prometheus"


def mongodb_program() -> Path:
    """Return the path of SecantusDB, which speaks MongoDB's wire protocol."""
    return cache() / f"secantusdb-{SECANTUSDB_VERSION}" / "bin" / "secantusd-py"
