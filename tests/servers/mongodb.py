"""SecantusDB, a server that speaks MongoDB's wire protocol; used by tests only."""

from collections.abc import Sequence

from tests.servers import cache
from tests.servers.server_process import ServerProcess


class MongodbServer(ServerProcess):
    """A replica set of one node. An acknowledged commit is on disk and survives a kill."""

    name = "MongoDB"

    @staticmethod
    def missing() -> str | None:
        """Return why it can't be started, or None."""
        return None if cache.mongodb_program().exists() else "SecantusDB is not installed (make servers)"

    @property
    def endpoint(self) -> str:
        """The URI for clients."""
        return f"mongodb://127.0.0.1:{self.port}/?directConnection=true"

    def command(self) -> Sequence[str]:
        """Return the command line."""
        program, data = str(cache.mongodb_program()), str(self.folder / "data")
        return [program, "--host", "127.0.0.1", "--port", str(self.port), "--storage-path", data, "--sync-on-commit"]
