"""Graceful shutdown: a process completes requests in progress."""

import asyncio
import signal
from collections.abc import AsyncIterator

import httpx
import pytest

from testkit.eventually import eventually
from tests.faults.retrying_client import RetryingClient
from tests.servers.deployment import Deployment

_HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="scan.zip"\r\n\r\n'
_MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}


async def test_an_upload_in_progress_is_answered_before_the_process_ends(deployment: Deployment) -> None:
    process = deployment.processes["jobs-command"]
    half, resume = asyncio.Event(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield _HEAD + b"x" * 100_000
        half.set()
        await resume.wait()
        yield b"y" * 100_000 + b"\r\n--x--\r\n"

    async with httpx.AsyncClient(base_url=deployment.url, timeout=60) as http:
        user = RetryingClient(http)
        await user.sign_in()
        uploading = asyncio.ensure_future(http.post("/jobs", content=body(), headers=_MULTIPART))
        await half.wait()
        process.send_signal(signal.SIGTERM)
        await eventually(lambda: _refuses(process.url), within=20)
        resume.set()
        answer = await uploading
        code = await asyncio.to_thread(process.wait_for_exit)
        await asyncio.to_thread(process.start)
        listed = await eventually(user.jobs, within=30)

    assert code == 0
    assert answer.status_code == 201
    assert [job["file_size"] for job in listed] == [200_000]


@pytest.mark.parametrize("name", ["identity", "storage", "jobs-command", "jobs-query", "analyzer", "notifier"])
async def test_every_process_stops_with_exit_code_0(deployment: Deployment, name: str) -> None:
    process = deployment.processes[name]
    code = await asyncio.to_thread(process.stop)
    await asyncio.to_thread(process.start)
    assert code == 0


async def _refuses(url: str) -> bool:
    """Return whether new connections are refused, because the shutdown has started."""
    try:
        async with httpx.AsyncClient() as http:
            await http.get(f"{url}/live")
    except httpx.TransportError:
        return True
    return False
