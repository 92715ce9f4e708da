"""One of the product's own processes: `python -m <module>`."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from tests.servers.server_process import ServerProcess


class Deployable(ServerProcess):
    """A service, or a part of one, on servers that `settings` name."""

    def __init__(self, folder: Path, port: int, module: str, settings: Mapping[str, str], *arguments: str) -> None:
        super().__init__(folder, port)
        self.name = " ".join(("python -m", module, *arguments))
        self._command = [sys.executable, "-m", module, *arguments]
        self._settings = settings

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        """Return the command line."""
        return self._command

    def environment(self) -> Mapping[str, str]:
        """Return the settings."""
        own = {"CALIFORNIA_GOLD_PORT": str(self.port), "CALIFORNIA_GOLD_DATA_DIR": str(self.folder / "data")}
        return {**self._settings, **own}

    def answers(self) -> bool:
        """Say whether it is ready."""
        try:
            return httpx.get(f"{self.url}/ready", timeout=5).status_code == 200
        except httpx.TransportError:
            return False
