"""The gateway: a real nginx with our configuration."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.request import urlopen

from gateway.configuration import ONE_PROCESS, Gateway, configuration
from tests.servers.server_process import ServerProcess

OPENAPI = Path(__file__).parents[2] / "contracts" / "openapi.json"


class NginxServer(ServerProcess):
    """Routes what comes to `port` to the services: `upstreams` has the addresses of each one's replicas.

    It starts with `gateway` as it is then.
    """

    name = "nginx"

    def __init__(
        self, folder: Path, port: int, upstreams: Mapping[str, Sequence[str]], owner: int | None = None
    ) -> None:
        super().__init__(folder, port, owner)
        self.gateway = Gateway(f"127.0.0.1:{port}", upstreams, folder, OPENAPI, processes=ONE_PROCESS)

    @staticmethod
    def missing() -> str | None:
        """Say why there is none."""
        return None if shutil.which("nginx") else "nginx is not there (make servers)"

    @property
    def endpoint(self) -> str:
        """What clients are given: a URL."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        """Return the command line."""
        return ["nginx", "-e", "stderr", "-p", str(self.folder), "-c", str(self._file)]

    def configure(self) -> None:
        """Write the configuration."""
        self._file.write_text(configuration(self.gateway), encoding="utf-8")

    def answers(self) -> bool:
        """Say whether it takes requests."""
        try:
            with urlopen(f"{self.endpoint}/gateway-live", timeout=1) as answer:
                return answer.status == 200
        except OSError:
            return False

    @property
    def _file(self) -> Path:
        return self.folder / "nginx.conf"
