"""A signed-in client of a running deployment, and work at a steady rate."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from statistics import quantiles
from uuid import uuid4

import httpx

from benchmarks.table import Row
from tests.e2e.driver import PASSWORD
from tests.servers.deployment import Deployment

_GOAL_MS = 250


@asynccontextmanager
async def signed_in(deployment: Deployment) -> AsyncGenerator[httpx.AsyncClient]:
    """Yield a client with a user's token."""
    who = {"username": f"user-{uuid4().hex[:12]}", "password": PASSWORD}
    async with httpx.AsyncClient(base_url=deployment.url, timeout=60) as http:
        (await http.post("/auth/register", json=who)).raise_for_status()
        token = (await http.post("/auth/login", json=who)).raise_for_status().json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        yield http


async def steadily(work: Callable[[int], Awaitable[None]], rate: float, seconds: float) -> None:
    """Begin `work` so many times a second, however long each takes, and wait for all."""
    loop = asyncio.get_running_loop()
    began, tasks = loop.time(), list[asyncio.Future[None]]()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
        tasks.append(asyncio.ensure_future(work(number)))
    await asyncio.gather(*tasks)


def against_goal(what: str, seconds: Sequence[float]) -> Row:
    """Return the 99th percentile against what was asked for; above 1 it is reached."""
    cuts = quantiles(seconds, n=100)
    ours = f"p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms"
    return Row(what, ours, f"p99 {_GOAL_MS} ms", _GOAL_MS / 1000 / cuts[98])
