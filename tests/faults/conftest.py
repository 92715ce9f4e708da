"""A complete distributed product for fault injection. Collected only with `PRODUCT=distributed`."""

from collections.abc import Iterator

import pytest

from tests.e2e.product import DEPLOYMENT_MODE
from tests.servers.deployment import Deployment
from tests.servers.infrastructure_servers import SERVER_TYPES, InfrastructureServers
from tests.servers.shared import required

collect_ignore_glob = ["test_*"] if DEPLOYMENT_MODE != "distributed" else []


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfrastructureServers]:
    """Four servers of this module."""
    for server_type in SERVER_TYPES:
        required(server_type)
    servers = InfrastructureServers.in_folder(tmp_path_factory.mktemp("stack") / "servers")
    try:
        servers.start()
        servers.apply_topics()
        yield servers
    finally:
        servers.stop()


@pytest.fixture(scope="module")
def deployment(stack: InfrastructureServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """All processes of the product, ready for requests."""
    running = Deployment(tmp_path_factory.mktemp("processes"), stack, {"CALIFORNIA_GOLD_RATE_LIMITS": "off"})
    with running:
        yield running
