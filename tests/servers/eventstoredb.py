"""A server of our own that speaks EventStoreDB's gRPC protocol: a test instrument, never a product."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.servers.server_process import ServerProcess

_ROOT = Path(__file__).parents[2]


class EventStoreDbServer(ServerProcess):
    """Durable on SQLite, so that it can be killed and started again."""

    name = "EventStoreDB"

    @staticmethod
    def missing() -> str | None:
        """Say why there is none: it is here wherever the tests are."""
        return None

    @property
    def endpoint(self) -> str:
        """What clients are given: a URI."""
        return f"esdb://127.0.0.1:{self.port}?Tls=false"

    def environment(self) -> dict[str, str]:
        """Return where the tests' modules are found."""
        return {"PYTHONPATH": str(_ROOT)}

    def command(self) -> Sequence[str]:
        """Return the command line."""
        arguments = ["--port", str(self.port), "--database", str(self.folder / "events.db")]
        return [sys.executable, "-m", "eventstoredb_test_server", *arguments]
