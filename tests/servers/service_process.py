"""A process of the product: `python -m <module>`."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from tests.servers.server_process import ServerProcess


class ServiceProcess(ServerProcess):
    """A service, or one role of a service, with the settings of `environment`."""

    def __init__(self, folder: Path, port: int, module: str, environment: Mapping[str, str], *arguments: str) -> None:
        super().__init__(folder, port)
        self.name = " ".join(("python -m", module, *arguments))
        self._command = [sys.executable, "-m", module, *arguments]
        self._environment = environment

    @property
    def url(self) -> str:
        """The base URL of the service."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        """Return the command line."""
        return self._command

    def environment(self) -> Mapping[str, str]:
        """Return the settings, with the process's own port and data folder."""
        own = {"CALIFORNIA_GOLD_PORT": str(self.port), "CALIFORNIA_GOLD_DATA_DIR": str(self.folder / "data")}
        return {**self._environment, **own}

    def is_ready(self) -> bool:
        """Return whether the readiness probe succeeds."""
        try:
            return httpx.get(f"{self.url}/ready", timeout=5).status_code == 200
        except httpx.TransportError:
            return False
