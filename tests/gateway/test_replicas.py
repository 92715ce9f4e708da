"""DNS names of upstreams are resolved repeatedly: replicas are added and removed."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from gateway.configuration import SERVICES
from testkit.eventually import eventually
from tests.gateway.dns_server import DnsServer
from tests.gateway.upstream import Upstream
from tests.servers.nginx import NginxServer
from tests.servers.ports import free_port
from tests.servers.shared import required

HOSTS = ("127.0.0.1", "127.0.0.2")


@pytest.fixture
def dns() -> Iterator[DnsServer]:
    with DnsServer([HOSTS[0]]).listening() as dns:
        yield dns


@pytest.fixture
def replicated(dns: DnsServer, tmp_path: Path) -> Iterator[NginxServer]:
    """A gateway with one upstream name and two replicas, of which DNS returns the first only."""
    required(NginxServer)
    port = free_port()
    server = NginxServer(tmp_path / "nginx", free_port(), {name: [f"{name}.example:{port}"] for name in SERVICES})
    server.gateway = replace(server.gateway, resolver=dns.address)
    with ExitStack() as stack:
        for host in HOSTS:
            stack.enter_context(Upstream("identity", host, port).listening())
        server.start()
        yield server
        server.stop()


async def test_added_replicas_are_used_and_removed_ones_are_not(replicated: NginxServer, dns: DnsServer) -> None:
    async with httpx.AsyncClient(base_url=replicated.endpoint) as http:

        async def seen() -> set[str]:
            return {(await http.get("/users/1")).json()["host"] for _ in range(4)}

        async def both() -> bool:
            return await seen() == set(HOSTS)

        async def only_the_second() -> bool:
            return await seen() == {HOSTS[1]}

        assert await seen() == {HOSTS[0]}
        dns.hosts = HOSTS
        await eventually(both, within=20)
        dns.hosts = HOSTS[1:]
        await eventually(only_the_second, within=20)
