"""The product in distributed mode: one process per service behind a gateway, on infrastructure servers."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.servers.infrastructure_servers import InfrastructureServers
from tests.servers.nginx import NginxServer
from tests.servers.ports import free_port
from tests.servers.server_process import ServerProcess
from tests.servers.service_process import ServiceProcess

MODULES = {
    "identity": "identity",
    "storage": "storage",
    "jobs-command": "jobs_command",
    "jobs-query": "jobs_query",
    "jobs-query-statistics": "jobs_query.statistics",
    "analyzer": "analyzer",
    "notifier": "notifier",
}
_TRUSTED = {"CALIFORNIA_GOLD_TRUSTED_PROXIES": "127.0.0.1"}
BEHIND_THE_GATEWAY = ("identity", "storage", "jobs-command", "jobs-query", "notifier")


@dataclass
class Deployment:
    """One process of each service, and the gateway on `port`; `settings` override those of the servers.

    `environment` is that of a command of `california-gold`.

    The gateway also knows a second address of each service if the deployment is `replaceable`.
    """

    folder: Path
    servers: InfrastructureServers
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    port: int = field(default_factory=free_port)
    replaceable: bool = False
    processes: dict[str, ServiceProcess] = field(init=False)
    gateway: NginxServer = field(init=False)
    environment: Mapping[str, str] = field(init=False)
    _free_ports: dict[str, int] = field(init=False)
    _replaced: list[ServiceProcess] = field(init=False, default_factory=list[ServiceProcess])

    def __post_init__(self) -> None:
        self.environment = {**self.servers.settings(), **_TRUSTED, **self.settings}
        self.processes = {
            name: ServiceProcess(self.folder / name, free_port(), module, self._environment_of(name))
            for name, module in MODULES.items()
        }
        self._free_ports = {name: free_port() for name in MODULES} if self.replaceable else {}
        upstreams = {
            name: [f"127.0.0.1:{port}" for port in (self.processes[name].port, self._free_ports.get(name)) if port]
            for name in BEHIND_THE_GATEWAY
        }
        self.gateway = NginxServer(self.folder / "gateway", self.port, upstreams)

    @property
    def url(self) -> str:
        """The base URL of the gateway."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def all_processes(self) -> tuple[ServerProcess, ...]:
        """The processes of the services, then the gateway."""
        return *self.processes.values(), self.gateway

    def __enter__(self) -> Self:
        """Start all processes; they are stopped at the end of the block, and killed when one does not start."""
        try:
            self.start()
        except BaseException:
            self.stop(signal.SIGKILL)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(signal.SIGTERM)

    def start(self) -> None:
        """Start all processes, and wait until each is ready."""
        for process in self.all_processes:
            process.launch()
        for process in self.all_processes:
            process.wait_until_ready()

    def stop(self, how: signal.Signals) -> int:
        """Stop all processes with a signal; return the first exit code that is not 0."""
        for process in reversed(self.all_processes):
            process.send_signal(how)
        codes = [process.wait_for_exit() for process in self.all_processes]
        return next((code for code in codes if code), 0)

    def replace(self, name: str) -> ServiceProcess:
        """Start a second process of a service; return the first, which still runs and no longer belongs to these."""
        old, port = self.processes[name], self._free_ports[name]
        new = ServiceProcess(self.folder / f"{name}-{port}", port, MODULES[name], self._environment_of(name))
        new.start()
        self.processes[name], self._free_ports[name] = new, old.port
        self._replaced.append(old)
        return old

    def _environment_of(self, name: str) -> Mapping[str, str]:
        return {**self.servers.settings_of(name), **_TRUSTED, **self.settings}

    def log(self) -> str:
        """Return the output of all processes."""
        files = [process.log_file for process in (*self._replaced, *self.all_processes) if process.log_file.exists()]
        return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files)
