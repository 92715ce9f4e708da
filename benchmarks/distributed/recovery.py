"""How soon a job goes all its way again: after a killed process is started again, after a server is restarted.

A process's time begins with its `kill -9`, a server's when it answers again.
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
from tests.servers.server_process import ServerProcess
from tests.servers.stack import Stack

_PROCESS_GOAL = 15
_SERVER_GOAL = 30
_KILLED = ("jobs-command", "jobs-query")


async def rows(stack: Stack, folder: Path) -> list[Row]:
    """Measure each process and each server that a job's way leads over; the slowest of each kind counts."""
    deployment = Deployment(folder / "processes", stack, {"CALIFORNIA_GOLD_RATE_LIMITS": "off"})
    try:
        await asyncio.to_thread(deployment.begin)
        async with signed_in(deployment) as http:
            await _way(http)
            killed = {name: await _killed(http, deployment.processes[name]) for name in _KILLED}
            restarted = {server.name: await _restarted(http, server) for server in stack.servers}
    finally:
        await asyncio.to_thread(deployment.__exit__)
    return [
        _row("recovery after a killed process", killed, _PROCESS_GOAL),
        _row("recovery after a restarted server", restarted, _SERVER_GOAL),
    ]


def _row(what: str, seconds: dict[str, float], goal: float) -> Row:
    each = ", ".join(f"{name} {taken:.1f} s" for name, taken in seconds.items())
    return Row(what, each, f"{goal} s", goal / max(seconds.values()))


async def _killed(http: aiohttp.ClientSession, process: ServerProcess) -> float:
    began = perf_counter()
    await asyncio.to_thread(_in_order(process.kill, process.start))
    await _way(http)
    return perf_counter() - began


async def _restarted(http: aiohttp.ClientSession, server: ServerProcess) -> float:
    await asyncio.to_thread(_in_order(server.stop, server.start))
    began = perf_counter()
    await _way(http)
    return perf_counter() - began


def _in_order(first: Callable[[], object], second: Callable[[], object]) -> Callable[[], None]:
    def both() -> None:
        first()
        second()

    return both


async def _way(http: aiohttp.ClientSession) -> None:
    """Submit a job, however often it takes, and see it through the read model."""
    created = await eventually(partial(_answer, http, "POST", "/jobs", 201), within=60)
    await eventually(partial(_answer, http, "GET", f"/jobs/{created['id']}", 200), within=60)


async def _answer(http: aiohttp.ClientSession, method: str, path: str, wanted: int) -> Json:
    try:
        async with http.request(method, path, data={"title": "recovery"} if method == "POST" else None) as answer:
            return await answer.json() if answer.status == wanted else {}
    except aiohttp.ClientError:
        return {}
