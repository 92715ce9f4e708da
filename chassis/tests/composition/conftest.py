import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from testkit.small_server import SmallServer, StartServer

SCRIPT = Path(__file__).with_name("serving.py")


@pytest.fixture
def start(tmp_path: Path) -> StartServer:
    @asynccontextmanager
    async def started(**settings: str) -> AsyncGenerator[SmallServer]:
        environment = {f"CALIFORNIA_GOLD_{name}": value for name, value in {"PORT": "0", **settings}.items()}
        with (tmp_path / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, SCRIPT, tmp_path / "data"),
                env={**os.environ, **environment},
                cwd=tmp_path,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(60):
                yield SmallServer(process, (await process.stdout.readline()).decode().strip())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    return started
