"""`python -m eventstoredb_test_server --port 2113 --database events.db`: serves until it is told to end."""

import argparse
import asyncio
import signal
from pathlib import Path

import uvloop

from eventstoredb_test_server.serving import served


async def _run(port: int, file: Path) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with served(port, file):
        await told.wait()


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m eventstoredb_test_server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True)
    arguments = parser.parse_args()
    uvloop.run(_run(arguments.port, arguments.database))


_main()
