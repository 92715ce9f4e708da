"""The product in its distributed form: its processes behind a gateway, on a stack of servers."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.servers.deployable import Deployable
from tests.servers.nginx import NginxServer
from tests.servers.ports import free_port
from tests.servers.server_process import ServerProcess
from tests.servers.stack import Stack

MODULES = {
    "identity": "identity",
    "storage": "storage",
    "jobs-command": "jobs_command",
    "jobs-query": "jobs_query",
    "jobs-query-statistics": "jobs_query.statistics",
    "analyzer": "analyzer",
    "notifier": "notifier",
}
BEHIND_THE_GATEWAY = ("identity", "storage", "jobs-command", "jobs-query", "notifier")


@dataclass
class Deployment:
    """One process of each service, and the gateway at `port`; `settings` come on top of those of the stack."""

    folder: Path
    stack: Stack
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    port: int = field(default_factory=free_port)
    processes: dict[str, Deployable] = field(init=False)
    gateway: NginxServer = field(init=False)
    told: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.told = {**self.stack.settings(), "CALIFORNIA_GOLD_TRUSTED_PROXIES": "127.0.0.1", **self.settings}
        self.processes = {
            name: Deployable(self.folder / name, free_port(), module, self.told) for name, module in MODULES.items()
        }
        upstreams = {name: [f"127.0.0.1:{self.processes[name].port}"] for name in BEHIND_THE_GATEWAY}
        self.gateway = NginxServer(self.folder / "gateway", self.port, upstreams)

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def all(self) -> tuple[ServerProcess, ...]:
        """Every process, the gateway last."""
        return *self.processes.values(), self.gateway

    def __enter__(self) -> Self:
        """Start; at the end of the block everything ends, however it began."""
        try:
            self.begin()
        except BaseException:
            self.end(signal.SIGKILL)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGTERM)

    def begin(self) -> None:
        """Start all processes, and wait until each is ready."""
        for process in self.all:
            process.begin()
        for process in self.all:
            process.wait_until_it_answers()

    def end(self, how: signal.Signals) -> int:
        """End all processes with a signal; return the first exit code that is not 0."""
        for process in reversed(self.all):
            process.signal(how)
        codes = [process.ended() for process in self.all]
        return next((code for code in codes if code), 0)

    def log(self) -> str:
        """Everything that the processes printed."""
        files = [process.log_file for process in self.all if process.log_file.exists()]
        return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files)
