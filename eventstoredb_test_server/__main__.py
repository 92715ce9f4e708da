"""`python -m eventstoredb_test_server --port 2113 --database events.db`: serves until SIGTERM or SIGINT."""

import argparse
import asyncio
import signal
from pathlib import Path

import uvloop

from eventstoredb_test_server.server import running_server


async def _run(host: str, port: int, file: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running_server(port, file, host=host):
        await stop.wait()


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m eventstoredb_test_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True)
    arguments = parser.parse_args()
    uvloop.run(_run(arguments.host, arguments.port, arguments.database))


_main()
