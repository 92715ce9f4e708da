"""A complete distributed product for fault injection. Collected only with `PRODUCT=distributed`."""

from collections.abc import Iterator

import pytest

from tests.e2e.product import DEPLOYMENT_MODE
from tests.faults.deployments import Deployments
from tests.servers.deployment import Deployment
from tests.servers.infrastructure_servers import SERVER_TYPES, InfrastructureServers
from tests.servers.shared import required

collect_ignore_glob = ["test_*"] if DEPLOYMENT_MODE != "distributed" else []


@pytest.fixture(scope="session")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployments]:
    """The product with any settings, on four servers of these tests."""
    for server_type in SERVER_TYPES:
        required(server_type)
    servers = InfrastructureServers.in_folder(tmp_path_factory.mktemp("stack") / "servers")
    deployments = Deployments(servers, lambda: tmp_path_factory.mktemp("processes"))
    try:
        servers.start()
        servers.apply_topics()
        yield deployments
    finally:
        deployments.stop()
        servers.stop()


@pytest.fixture
def deployment(deployments: Deployments) -> Deployment:
    """All processes of the product, ready for requests."""
    return deployments.running({"CALIFORNIA_GOLD_RATE_LIMITS": "off"})
