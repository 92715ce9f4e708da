"""A MinIO server."""

from collections.abc import Mapping, Sequence
from urllib.request import urlopen

from tests.servers import cache
from tests.servers.server_process import ServerProcess

ACCESS_KEY = "california-gold"
SECRET_KEY = "only-for-tests-on-this-machine"


class MinioServer(ServerProcess):
    """A MinIO server with the credentials `ACCESS_KEY` and `SECRET_KEY`."""

    name = "MinIO"

    @staticmethod
    def missing() -> str | None:
        """Return why it can't be started, or None."""
        return None if cache.minio_program().exists() else "MinIO is not installed (make servers)"

    @property
    def endpoint(self) -> str:
        """The URL for clients."""
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        """Return whether it accepts requests: it listens earlier."""
        try:
            with urlopen(f"{self.endpoint}/minio/health/cluster", timeout=1) as response:
                return response.status == 200
        except OSError:
            return False

    def command(self) -> Sequence[str]:
        """Return the command line."""
        program = str(cache.minio_program())
        return [program, "server", str(self.folder / "data"), "--address", f"127.0.0.1:{self.port}", "--quiet"]

    def environment(self) -> Mapping[str, str]:
        """Return the credentials, without browser, updates and telemetry.

        Deleted objects lie in a folder of MinIO's own until it empties that: first after five minutes.
        """
        return {
            "MINIO_ROOT_USER": ACCESS_KEY,
            "MINIO_ROOT_PASSWORD": SECRET_KEY,
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
            "MINIO_CALLHOME_ENABLE": "off",
            "MINIO_API_DELETE_CLEANUP_INTERVAL": "1s",
        }
