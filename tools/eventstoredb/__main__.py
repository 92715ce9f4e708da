"""`python -m tools.eventstoredb URI [URI]`: where an EventStoreDB and our test server, or two servers, differ."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from eventstoredb_test_server.server import running_server
from tests.servers.ports import free_port
from tools.eventstoredb.comparison import compared


@asynccontextmanager
async def _test_server() -> AsyncGenerator[str]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        async with running_server(port, Path(folder) / "events.db"):
            yield f"esdb://127.0.0.1:{port}?tls=false"


async def _run(uri: str, other: str | None) -> int:
    if other is not None:
        return await compared(uri, other, print)
    async with _test_server() as own:
        return await compared(uri, own, print)


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.eventstoredb", description=__doc__)
    parser.add_argument("uri", help="the server to compare; streams `compared…` are written to it")
    parser.add_argument("other", nargs="?", help="another server; without it, the test server is started")
    arguments = parser.parse_args()
    return 1 if asyncio.run(_run(arguments.uri, arguments.other)) else 0


if __name__ == "__main__":
    sys.exit(_main())
