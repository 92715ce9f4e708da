"""How soon a job is visible, and an event on a socket, at two rates, through the gateway on real processes.

The clients of the load share the machine with all processes and servers.
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

from benchmarks.distributed.load import against_goal, signed_in, steadily
from benchmarks.table import Row
from testkit.eventually import eventually
from tests.servers.deployment import Deployment
from tests.servers.infrastructure_servers import InfrastructureServers

_RATES = (10, 50)
_SECONDS = 20
_WARM_UP = 3
_SOCKETS = 50


async def rows(stack: InfrastructureServers, folder: Path) -> list[Row]:
    """Measure one after the other."""
    deployment = Deployment(folder / "processes", stack, {"CALIFORNIA_GOLD_RATE_LIMITS": "off"})
    try:
        await asyncio.to_thread(deployment.start)
        async with signed_in(deployment) as http:
            visible = {rate: await _visible(http, rate) for rate in _RATES}
            told = {rate: await _told(http, deployment, rate) for rate in _RATES}
    finally:
        await asyncio.to_thread(deployment.__exit__)
    return [
        *(against_goal(f"POST to visible at {rate} jobs/s", taken) for rate, taken in visible.items()),
        *(
            against_goal(f"event to socket at {rate} events/s, {_SOCKETS} sockets", taken)
            for rate, taken in told.items()
        ),
    ]


async def _visible(http: aiohttp.ClientSession, rate: int) -> list[float]:
    taken: list[float] = []

    async def submit(number: int) -> None:
        began = perf_counter()
        await eventually(partial(_is_shown, http, await _submitted(http, f"job {number}")))
        taken.append(perf_counter() - began)

    await steadily(submit, rate, _WARM_UP)
    taken.clear()
    await steadily(submit, rate, _SECONDS)
    return taken


async def _submitted(http: aiohttp.ClientSession, title: str) -> str:
    async with http.post("/jobs", data={"title": title}, raise_for_status=True) as answer:
        return (await answer.json())["id"]


async def _is_shown(http: aiohttp.ClientSession, job_id: str) -> bool:
    async with http.get(f"/jobs/{job_id}") as answer:
        return answer.status == 200


async def _told(http: aiohttp.ClientSession, deployment: Deployment, rate: int) -> list[float]:
    jobs = [await _submitted(http, "told") for _ in range(_SOCKETS)]
    taken: list[float] = []

    async def listen(socket: ClientConnection) -> None:
        await socket.recv()
        async for text in socket:
            told = datetime.fromisoformat(json.loads(text)["job"]["updated_at"])
            taken.append((datetime.now(UTC) - told).total_seconds())

    async def change(number: int) -> None:
        path, change = f"/jobs/{jobs[number % _SOCKETS]}", {"title": f"told {number}"}
        async with http.put(path, json=change, raise_for_status=True) as answer:
            await answer.read()

    async with AsyncExitStack() as stack:
        address = deployment.url.replace("http", "ws")
        sockets = [await stack.enter_async_context(connect(f"{address}/ws/jobs/{job}")) for job in jobs]
        listening = [asyncio.ensure_future(listen(socket)) for socket in sockets]
        await steadily(change, rate, _WARM_UP)
        taken.clear()
        await steadily(change, rate, _SECONDS)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    return taken
