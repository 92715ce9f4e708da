"""The product as docker-compose.yml starts it, with the stores as processes of this machine."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.deployment.compose_file import ComposeService, our_services
from tests.images.container import Container
from tests.images.containers import podman
from tests.servers.deployment import BEHIND_THE_GATEWAY
from tests.servers.ports import free_port
from tests.servers.secured import SecuredServers

_PORT_OF_THE_GATEWAY, _PORT = 8080, 8000
_LOCAL = "127.0.0.1"
_PREFIX = "california-gold-"


@dataclass
class ComposedProduct:
    """All containers of ours. Only addresses differ from what is declared, because all share the host's network."""

    servers: SecuredServers
    credentials: Container = field(init=False)
    topics: Container = field(init=False)
    containers: Mapping[str, Container] = field(init=False)

    def __post_init__(self) -> None:
        services = our_services(self.servers.secrets)
        ports = {name: free_port() for name in services}
        made = {name: self._container(service, ports) for name, service in services.items()}
        self.credentials, self.topics = made.pop("credentials"), made.pop("topics")
        self.containers = made

    @property
    def url(self) -> str:
        """The base URL of the gateway."""
        return f"http://{_LOCAL}:{self.containers['gateway'].port}"

    def __enter__(self) -> Self:
        """Make users and topics, start all containers, wait until each is healthy; the block's end removes them."""
        try:
            for container in (self.credentials, self.topics):
                if code := container.run():
                    raise AssertionError(f"{container.name} ended with {code}:\n{container.log()}")
            self.start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._remove()

    def start(self) -> None:
        """Create and start the containers, and wait until each is healthy."""
        for container in self.containers.values():
            container.start()
        for container in self.containers.values():
            container.wait_until_healthy()

    def _remove(self) -> None:
        for container in (*self.containers.values(), self.credentials, self.topics):
            container.remove()
            for volume in container.volumes:
                podman("volume", "rm", "--force", volume.partition(":")[0])

    def _container(self, service: ComposeService, ports: Mapping[str, int]) -> Container:
        port = ports[service.name]
        prefix = f"{_PREFIX}{os.getpid()}"
        if service.name == "gateway":
            return Container(service, prefix, _gateway_addresses(ports), port, _PORT_OF_THE_GATEWAY)
        return Container(service, prefix, self._addresses(service, port), port, _PORT)

    def _addresses(self, service: ComposeService, port: int) -> Mapping[str, str]:
        """Return the variables that differ from what is declared: addresses of this machine."""
        possible = {
            "CALIFORNIA_GOLD_HOST": _LOCAL,
            "CALIFORNIA_GOLD_PORT": str(port),
            "CALIFORNIA_GOLD_TRUSTED_PROXIES": _LOCAL,
        }
        own = {name: value for name, value in possible.items() if name in service.environment}
        # The file of the authority is mounted where it is declared.
        declared = {name: value for name, value in service.environment.items() if name not in own}
        return {**self.servers.addressed(declared), **own}


def remove_leftovers() -> None:
    """Remove the containers and volumes of test runs that were killed."""
    for name in filter(_is_leftover, podman("ps", "--all", "--format", "{{.Names}}").stdout.split()):
        podman("rm", "--force", "--time", "0", name)
    for name in filter(_is_leftover, podman("volume", "ls", "--format", "{{.Name}}").stdout.split()):
        podman("volume", "rm", name)


def _is_leftover(name: str) -> bool:
    owner = name.removeprefix(_PREFIX).partition("-")[0]
    return name.startswith(_PREFIX) and not Path("/proc", owner).exists()


def _gateway_addresses(ports: Mapping[str, int]) -> Mapping[str, str]:
    upstreams = {f"GATEWAY_{name.upper().replace('-', '_')}": f"{_LOCAL}:{ports[name]}" for name in BEHIND_THE_GATEWAY}
    return {"GATEWAY_LISTEN": f"{_LOCAL}:{ports['gateway']}", **upstreams}
