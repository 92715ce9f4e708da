"""A real MinIO."""

from collections.abc import Mapping, Sequence
from urllib.request import urlopen

from tests.servers import cache
from tests.servers.server_process import ServerProcess

ACCESS_KEY = "california-gold"
SECRET_KEY = "only-for-tests-on-this-machine"


class MinioServer(ServerProcess):
    """Objects in a folder; the keys are the ones above."""

    name = "MinIO"

    @staticmethod
    def missing() -> str | None:
        """Say why there is none."""
        return None if cache.minio_program().exists() else "MinIO is not there (make servers)"

    @property
    def endpoint(self) -> str:
        """What clients are given: a URL."""
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        """Say whether it takes requests: it listens before it does."""
        try:
            with urlopen(f"{self.endpoint}/minio/health/cluster", timeout=1) as answer:
                return answer.status == 200
        except OSError:
            return False

    def command(self) -> Sequence[str]:
        """Return the command line."""
        program = str(cache.minio_program())
        return [program, "server", str(self.folder / "data"), "--address", f"127.0.0.1:{self.port}", "--quiet"]

    def environment(self) -> Mapping[str, str]:
        """Return the credentials; nothing of it calls home."""
        return {
            "MINIO_ROOT_USER": ACCESS_KEY,
            "MINIO_ROOT_PASSWORD": SECRET_KEY,
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
            "MINIO_CALLHOME_ENABLE": "off",
        }
