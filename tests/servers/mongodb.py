"""A server that speaks MongoDB's wire protocol: SecantusDB, a program of its own, used by tests only."""

from collections.abc import Sequence

from tests.servers import cache
from tests.servers.server_process import ServerProcess


class MongodbServer(ServerProcess):
    """A replica set of one. A commit is on the disk when it is answered, so that it can be killed."""

    name = "MongoDB"

    @staticmethod
    def missing() -> str | None:
        """Say why there is none."""
        return None if cache.mongodb_program().exists() else "SecantusDB is not there (make servers)"

    @property
    def endpoint(self) -> str:
        """What clients are given: a URI."""
        return f"mongodb://127.0.0.1:{self.port}/?directConnection=true"

    def command(self) -> Sequence[str]:
        """Return the command line."""
        program, data = str(cache.mongodb_program()), str(self.folder / "data")
        return [program, "--host", "127.0.0.1", "--port", str(self.port), "--storage-path", data, "--sync-on-commit"]
