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


@pytest.fixture
def two_replicas(tmp_path: Path) -> Iterator[NginxServer]:
    """A gateway that knows two addresses of each service, on which nothing listens yet."""
    required(NginxServer)
    port = free_port()
    server = NginxServer(
        tmp_path / "nginx", free_port(), {name: [f"{host}:{port}" for host in HOSTS] for name in SERVICES}
    )
    server.start()
    yield server
    server.stop()


def test_a_replica_that_refuses_connections_fails_no_request(two_replicas: NginxServer) -> None:
    """Each replica is replaced in turn; a POST is passed on too, because nothing of it was sent."""
    port = int(two_replicas.gateway.upstreams["identity"][0].rpartition(":")[2])
    with httpx.Client(base_url=two_replicas.endpoint) as http:
        for host in (*HOSTS, HOSTS[0]):
            with Upstream("identity", host, port).listening():
                answers = [http.post("/auth/login", content=b"x" * 1000) for _ in range(8)]
            assert [(answer.status_code, answer.json()["host"]) for answer in answers] == [(200, host)] * 8
