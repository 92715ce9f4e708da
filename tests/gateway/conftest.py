from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from gateway.configuration import SERVICES
from tests.gateway.upstream import Upstream
from tests.servers.nginx import NginxServer
from tests.servers.ports import free_port
from tests.servers.shared import required


@pytest.fixture(scope="session")
def upstreams() -> Iterator[dict[str, Upstream]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(Upstream(name).listening()) for name in SERVICES}


@pytest.fixture(scope="session")
def gateway(upstreams: dict[str, Upstream], tmp_path_factory: pytest.TempPathFactory) -> Iterator[NginxServer]:
    required(NginxServer)
    addresses = {name: [upstream.address] for name, upstream in upstreams.items()}
    server = NginxServer(tmp_path_factory.mktemp("gateway") / "nginx", free_port(), addresses)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def http(gateway: NginxServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway.endpoint, timeout=30) as client:
        yield client
