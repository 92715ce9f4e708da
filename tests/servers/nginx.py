"""The gateway: nginx with the configuration of `gateway/`."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.request import urlopen

from gateway.configuration import ONE_PROCESS, Gateway, configuration, console_in
from tests.servers.server_process import ServerProcess

ROOT = Path(__file__).parents[2]
OPENAPI = ROOT / "contracts" / "openapi.json"


class NginxServer(ServerProcess):
    """The gateway on `port`; `upstreams` has the addresses of each service's replicas.

    A change of `gateway` takes effect with the next start.
    """

    name = "nginx"

    def __init__(
        self, folder: Path, port: int, upstreams: Mapping[str, Sequence[str]], owner: int | None = None
    ) -> None:
        super().__init__(folder, port, owner)
        self.gateway = Gateway(
            f"127.0.0.1:{port}", upstreams, folder, OPENAPI, console=console_in(ROOT), processes=ONE_PROCESS
        )

    @staticmethod
    def missing() -> str | None:
        """Return why it can't be started, or None."""
        return None if shutil.which("nginx") else "nginx is not installed (make servers)"

    @property
    def endpoint(self) -> str:
        """The URL for clients."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        """Return the command line."""
        return ["nginx", "-e", "stderr", "-p", str(self.folder), "-c", str(self._file)]

    def configure(self) -> None:
        """Write the configuration."""
        self._file.write_text(configuration(self.gateway), encoding="utf-8")

    def is_ready(self) -> bool:
        """Return whether it accepts requests."""
        try:
            with urlopen(f"{self.endpoint}/gateway-live", timeout=1) as response:
                return response.status == 200
        except OSError:
            return False

    @property
    def _file(self) -> Path:
        return self.folder / "nginx.conf"
