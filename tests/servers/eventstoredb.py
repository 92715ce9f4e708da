"""The EventStoreDB test server (`eventstoredb_test_server/README.md`) as a process."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.servers.server_process import ServerProcess

_ROOT = Path(__file__).parents[2]


class EventStoreDbServer(ServerProcess):
    """A test double of EventStoreDB; its events survive a kill."""

    name = "EventStoreDB"

    @staticmethod
    def missing() -> str | None:
        """Return None: it is part of this repository."""
        return None

    @property
    def endpoint(self) -> str:
        """The connection string for clients."""
        return f"esdb://127.0.0.1:{self.port}?Tls=false"

    def environment(self) -> dict[str, str]:
        """Return the path on which the server's package is found."""
        return {"PYTHONPATH": str(_ROOT)}

    def command(self) -> Sequence[str]:
        """Return the command line."""
        arguments = ["--port", str(self.port), "--database", str(self.folder / "events.db")]
        return [sys.executable, "-m", "eventstoredb_test_server", *arguments]
