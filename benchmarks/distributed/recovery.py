"""Benchmark: time until a job can be submitted and read again, after a process was killed or a server restarted.

The time of a process starts with its `kill -9`, that of a server when it responds again.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

import aiohttp

from benchmarks.distributed.load import signed_in
from benchmarks.table import Row
from testkit.eventually import eventually
from tests.e2e.api_client import Json
from tests.servers.deployment import Deployment
from tests.servers.infrastructure_servers import InfrastructureServers
from tests.servers.server_process import ServerProcess

_PROCESS_GOAL = 15
_SERVER_GOAL = 30
_KILLED = ("jobs-command", "jobs-query")


async def rows(servers: InfrastructureServers, folder: Path) -> list[Row]:
    """Measure every process and server on the path of a job; the ratio is that of the slowest."""
    deployment = Deployment(folder / "processes", servers, {"CALIFORNIA_GOLD_RATE_LIMITS": "off"})
    try:
        await asyncio.to_thread(deployment.start)
        async with signed_in(deployment) as http:
            await _submit_and_read(http)
            killed = {name: await _killed(http, deployment.processes[name]) for name in _KILLED}
            restarted = {server.name: await _restarted(http, server) for server in servers.all}
    finally:
        await asyncio.to_thread(deployment.__exit__)
    return [
        _row("recovery after a killed process", killed, _PROCESS_GOAL),
        _row("recovery after a restarted server", restarted, _SERVER_GOAL),
    ]


def _row(what: str, seconds: dict[str, float], goal: float) -> Row:
    ours = ", ".join(f"{name} {taken:.1f} s" for name, taken in seconds.items())
    return Row(what, ours, f"{goal} s", goal / max(seconds.values()))


async def _killed(http: aiohttp.ClientSession, process: ServerProcess) -> float:
    started = perf_counter()
    await asyncio.to_thread(_sequentially(process.kill, process.start))
    await _submit_and_read(http)
    return perf_counter() - started


async def _restarted(http: aiohttp.ClientSession, server: ServerProcess) -> float:
    await asyncio.to_thread(_sequentially(server.stop, server.start))
    started = perf_counter()
    await _submit_and_read(http)
    return perf_counter() - started


def _sequentially(first: Callable[[], object], second: Callable[[], object]) -> Callable[[], None]:
    def both() -> None:
        first()
        second()

    return both


async def _submit_and_read(http: aiohttp.ClientSession) -> None:
    """Submit a job and read it from the read model; retry both until they succeed."""
    created = await eventually(partial(_request, http, "POST", "/jobs", 201), within=60)
    await eventually(partial(_request, http, "GET", f"/jobs/{created['id']}", 200), within=60)


async def _request(http: aiohttp.ClientSession, method: str, path: str, expected_status: int) -> Json:
    try:
        async with http.request(method, path, data={"title": "recovery"} if method == "POST" else None) as answer:
            return await answer.json() if answer.status == expected_status else {}
    except aiohttp.ClientError:
        return {}
