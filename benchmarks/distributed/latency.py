"""Benchmark: latency from POST to a visible job, and from an event to a WebSocket, at two rates, through the gateway.

The load generator shares the machine with all processes and servers.
"""

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import perf_counter

import aiohttp
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.distributed.load import against_goal, at_rate, signed_in
from benchmarks.table import Row
from testkit.eventually import eventually
from tests.servers.deployment import Deployment
from tests.servers.infrastructure_servers import InfrastructureServers

_RATES = (10, 50)
_SECONDS = 20
_WARM_UP = 3
_SOCKETS = 50


async def rows(servers: InfrastructureServers, folder: Path) -> list[Row]:
    """Measure both latencies, one after the other."""
    deployment = Deployment(folder / "processes", servers, {"CALIFORNIA_GOLD_RATE_LIMITS": "off"})
    try:
        await asyncio.to_thread(deployment.start)
        async with signed_in(deployment) as http:
            visible = {rate: await _visibility_latencies(http, rate) for rate in _RATES}
            sockets = {rate: await _socket_latencies(http, deployment, rate) for rate in _RATES}
    finally:
        await asyncio.to_thread(deployment.__exit__)
    return [
        *(against_goal(f"POST to visible at {rate} jobs/s", latencies) for rate, latencies in visible.items()),
        *(
            against_goal(f"event to socket at {rate} events/s, {_SOCKETS} sockets", latencies)
            for rate, latencies in sockets.items()
        ),
    ]


async def _visibility_latencies(http: aiohttp.ClientSession, rate: int) -> list[float]:
    latencies: list[float] = []

    async def submit(number: int) -> None:
        started = perf_counter()
        await eventually(partial(_is_shown, http, await _submitted(http, f"job {number}")))
        latencies.append(perf_counter() - started)

    await at_rate(submit, rate, _WARM_UP)
    latencies.clear()
    await at_rate(submit, rate, _SECONDS)
    return latencies


async def _submitted(http: aiohttp.ClientSession, title: str) -> str:
    async with http.post("/jobs", data={"title": title}, raise_for_status=True) as answer:
        return (await answer.json())["id"]


async def _is_shown(http: aiohttp.ClientSession, job_id: str) -> bool:
    async with http.get(f"/jobs/{job_id}") as answer:
        return answer.status == 200


async def _socket_latencies(http: aiohttp.ClientSession, deployment: Deployment, rate: int) -> list[float]:
    jobs = [await _submitted(http, "latency") for _ in range(_SOCKETS)]
    latencies: list[float] = []

    async def receive(socket: ClientConnection) -> None:
        await socket.recv()
        async for text in socket:
            event_time = datetime.fromisoformat(json.loads(text)["job"]["updated_at"])
            latencies.append((datetime.now(UTC) - event_time).total_seconds())

    async def change(number: int) -> None:
        path, change = f"/jobs/{jobs[number % _SOCKETS]}", {"title": f"latency {number}"}
        async with http.put(path, json=change, raise_for_status=True) as answer:
            await answer.read()

    async with AsyncExitStack() as servers:
        address = deployment.url.replace("http", "ws")
        sockets = [await servers.enter_async_context(connect(f"{address}/ws/jobs/{job}")) for job in jobs]
        receiving = [asyncio.ensure_future(receive(socket)) for socket in sockets]
        await at_rate(change, rate, _WARM_UP)
        latencies.clear()
        await at_rate(change, rate, _SECONDS)
        for task in receiving:
            task.cancel()
        await asyncio.gather(*receiving, return_exceptions=True)
    return latencies
