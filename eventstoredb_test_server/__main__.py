"""`python -m eventstoredb_test_server --port 2113 --database events.db`: serves until SIGTERM or SIGINT.

With `EVENTSTOREDB_ADMIN_PASSWORD` it has users, of which `admin` is the first (see `access.py`).
"""

import argparse
import asyncio
import os
import signal
from pathlib import Path

import grpc
import uvloop

from eventstoredb_test_server.server import running_server


async def _run(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running_server(
        arguments.port,
        arguments.database,
        host=arguments.host,
        credentials=_credentials(arguments.certificate, arguments.key),
        admin_password=os.environ.get("EVENTSTOREDB_ADMIN_PASSWORD"),
    ):
        await stop.wait()


def _credentials(certificate: Path | None, key: Path | None) -> grpc.ServerCredentials | None:
    if certificate is None or key is None:
        return None
    return grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())])


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m eventstoredb_test_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--certificate", type=Path, help="for TLS, with --key; both PEM")
    parser.add_argument("--key", type=Path)
    uvloop.run(_run(parser.parse_args()))


_main()
