"""These tests are run by `make test-kubernetes` only: their programs take many minutes to build."""

import os
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.kubernetes.cluster import Cluster
from tests.kubernetes.control_plane import ControlPlane
from tests.kubernetes.ready_pods import ReadyPods
from tools.chart.substitution import SERVICES

collect_ignore_glob = [] if os.environ.get("TEST_KUBERNETES") == "1" else ["test_*.py"]


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Print a measured figure beside the names of the tests."""
    capture = pytestconfig.pluginmanager.get_plugin("capturemanager")
    assert capture is not None

    def write(figure: str) -> None:
        with capture.global_and_fixture_disabled():
            sys.stdout.write(f"\nkubernetes: {figure}\n")

    return write


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane(tmp_path_factory.mktemp("kubernetes")) as control_plane, ReadyPods(control_plane):
        yield control_plane


@pytest.fixture
def cluster(control_plane: ControlPlane) -> Iterator[Cluster]:
    """A cluster with the namespace and the secrets of k8s/README.md; the namespace is removed at the end."""
    cluster = Cluster(control_plane)
    cluster.kubectl("apply", "--filename", "k8s/namespace.yaml")
    for service in SERVICES:
        secret = ("create", "secret", "generic", f"california-gold-stores-{service}", "--from-literal=UNUSED=unused")
        cluster.kubectl("--namespace", "california-gold", *secret)
    yield cluster
    cluster.kubectl("delete", "namespace", "california-gold")
    cluster.kubectl("delete", "priorityclass", "california-gold-analyzer", "--ignore-not-found")
