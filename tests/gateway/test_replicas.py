"""A name that leads to many replicas is asked again and again: they come and go."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from gateway.configuration import SERVICES
from testkit.eventually import eventually
from tests.gateway.names import NameServer
from tests.gateway.upstream import Upstream
from tests.servers.nginx import NginxServer
from tests.servers.ports import free_port
from tests.servers.shared import required

HOSTS = ("127.0.0.1", "127.0.0.2")


@pytest.fixture
def names() -> Iterator[NameServer]:
    with NameServer([HOSTS[0]]).listening() as names:
        yield names


@pytest.fixture
def replicated(names: NameServer, tmp_path: Path) -> Iterator[NginxServer]:
    """A gateway to two replicas under one name, of which only the first is known at the start."""
    required(NginxServer)
    port = free_port()
    server = NginxServer(tmp_path / "nginx", free_port(), {name: [f"{name}.example:{port}"] for name in SERVICES})
    server.gateway = replace(server.gateway, resolver=names.address)
    with ExitStack() as stack:
        for host in HOSTS:
            stack.enter_context(Upstream("identity", host, port).listening())
        server.start()
        yield server
        server.stop()


async def test_a_replica_that_comes_is_used_and_one_that_leaves_is_not(
    replicated: NginxServer, names: NameServer
) -> None:
    async with httpx.AsyncClient(base_url=replicated.endpoint) as http:

        async def seen() -> set[str]:
            return {(await http.get("/users/1")).json()["host"] for _ in range(4)}

        async def both() -> bool:
            return await seen() == set(HOSTS)

        async def only_the_second() -> bool:
            return await seen() == {HOSTS[1]}

        assert await seen() == {HOSTS[0]}
        names.hosts = HOSTS
        await eventually(both, within=20)
        names.hosts = HOSTS[1:]
        await eventually(only_the_second, within=20)
