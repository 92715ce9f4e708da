"""Load on a running deployment: an authenticated client, and calls at a constant rate."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from statistics import quantiles
from uuid import uuid4

import aiohttp

from benchmarks.table import Row
from tests.e2e.api_client import PASSWORD, Json
from tests.servers.deployment import Deployment

_GOAL_MS = 250


@asynccontextmanager
async def signed_in(deployment: Deployment) -> AsyncGenerator[aiohttp.ClientSession]:
    """Yield a client with a user's token and an unlimited number of connections."""
    credentials = {"username": f"user-{uuid4().hex[:12]}", "password": PASSWORD}
    async with aiohttp.ClientSession(deployment.url, connector=aiohttp.TCPConnector(limit=0)) as http:
        await _post(http, "/auth/register", credentials)
        token = (await _post(http, "/auth/login", credentials))["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        yield http


async def _post(http: aiohttp.ClientSession, path: str, body: Json) -> Json:
    async with http.post(path, json=body, raise_for_status=True) as answer:
        return await answer.json()


async def at_rate(work: Callable[[int], Awaitable[None]], rate: float, seconds: float) -> None:
    """Start `work` `rate` times per second without waiting for earlier calls (open loop); wait for all at the end."""
    loop = asyncio.get_running_loop()
    started, tasks = loop.time(), list[asyncio.Future[None]]()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, started + number / rate - loop.time()))
        tasks.append(asyncio.ensure_future(work(number)))
    await asyncio.gather(*tasks)


def against_goal(what: str, seconds: Sequence[float]) -> Row:
    """Return the 99th percentile against the goal; a ratio above 1 reaches it."""
    cuts = quantiles(seconds, n=100)
    ours = f"p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms"
    return Row(what, ours, f"p99 {_GOAL_MS} ms", _GOAL_MS / 1000 / cuts[98])
