"""A process with stores that refuse it or cannot be reached, and how it says so."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from testkit.eventually import eventually
from tests.servers.ports import free_port
from tests.servers.service_process import ServiceProcess

SECRET = "not-to-be-seen"
START_SECONDS = 2
_EVENTS = re.compile("store_refused|worker_failed")
UNREACHABLE = {
    "EVENTSTOREDB_URI": "esdb://127.0.0.1:{port}?Tls=false",
    "KAFKA_BOOTSTRAP": "127.0.0.1:{port}",
    "MONGODB_URI": "mongodb://127.0.0.1:{port}/?directConnection=true",
    "MONGODB_KEYS_URI": "mongodb://127.0.0.1:{port}/?directConnection=true",
    "S3_ENDPOINT": "http://127.0.0.1:{port}",
    "S3_ACCESS_KEY": "key",
    "S3_SECRET_KEY": SECRET,
    "START_SECONDS": str(START_SECONDS),
}


@asynccontextmanager
async def started(folder: Path, module: str = "storage", **settings: str) -> AsyncGenerator[ServiceProcess]:
    """Run a service with some settings; the other stores cannot be reached."""
    given = {name: value.format(port=free_port()) for name, value in UNREACHABLE.items()} | settings
    environment = {f"CALIFORNIA_GOLD_{name}": value for name, value in given.items()}
    process = ServiceProcess(folder, free_port(), module, environment)
    process.launch()
    try:
        yield process
    finally:
        await asyncio.to_thread(process.stop)


async def status(process: ServiceProcess, path: str) -> tuple[int, str]:
    try:
        async with httpx.AsyncClient(base_url=process.url, timeout=30) as http:
            answer = await http.get(path)
    except httpx.TransportError:
        return 0, ""
    return answer.status_code, answer.text


async def assert_refused(folder: Path, *names: str, module: str = "storage", **settings: str) -> None:
    """Assert that a process names the settings once each, and that `/live` and `/ready` say them."""
    async with started(folder, module, **settings) as process:

        async def dead() -> str:
            code, text = await status(process, "/live")
            return text if code == 503 and all(name in text for name in names) else ""

        live = await eventually(dead, within=60)
        ready = await status(process, "/ready")
        log = process.log_file.read_text()
    assert ready[0] == 503
    for name in names:
        assert f"CALIFORNIA_GOLD_{name}" in ready[1]
        refusals = [line for line in log.splitlines() if _EVENTS.search(line) and f"CALIFORNIA_GOLD_{name}" in line]
        assert len(refusals) == 1, refusals
    assert SECRET not in live + ready[1] + log
