"""A whole distributed product to break. Collected where `PRODUCT=distributed` asks for that form."""

from collections.abc import Iterator

import pytest

from tests.e2e.product import FORM
from tests.servers.deployment import Deployment
from tests.servers.infrastructure_servers import SERVER_TYPES, InfrastructureServers
from tests.servers.shared import required

collect_ignore_glob = ["test_*"] if FORM != "distributed" else []


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfrastructureServers]:
    """Four servers of the module's own."""
    for kind in SERVER_TYPES:
        required(kind)
    servers = InfrastructureServers.in_folder(tmp_path_factory.mktemp("stack") / "servers")
    try:
        servers.start()
        servers.apply_topics()
        yield servers
    finally:
        servers.stop()


@pytest.fixture(scope="module")
def deployment(stack: InfrastructureServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """All processes of the product, ready."""
    running = Deployment(tmp_path_factory.mktemp("processes"), stack, {"CALIFORNIA_GOLD_RATE_LIMITS": "off"})
    with running:
        yield running
