"""Runs storage as a process: `python -m testkit.storage_server FOLDER` prints its address and a user's token."""

import asyncio
import sys
from pathlib import Path

from chassis.composition.embedded import embedded
from chassis.composition.server import serve
from chassis.http.app import create_app
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.settings import Settings
from storage.service import build
from testkit.signing import Signing


async def main(folder: Path) -> None:
    """Serve until the process is terminated."""
    settings = Settings(port=0, rate_limits="off", access_log="off")
    async with embedded(folder) as infrastructure:
        token = await _token(infrastructure)
        app = create_app([build(infrastructure, settings)], infrastructure, settings)
        await serve(app, settings, lambda address: print(address, token, flush=True))  # noqa: T201


async def _token(infrastructure: Infrastructure) -> str:
    signing = Signing()
    await signing.publish(infrastructure)
    return signing.token(1)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
