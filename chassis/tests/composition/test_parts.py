"""A process may answer requests only, or work only; whichever it does, it says how it is."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import cast

import httpx
import pytest
from fastapi import APIRouter

from chassis.http.app import create_app
from chassis.ports.event_store import EventStore, StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Role, Service, Worker
from chassis.runtime.settings import Settings
from testkit.eventually import eventually

OF_THE_PROCESS = ("/health", "/live", "/ready", "/metrics")


@dataclass
class Ran:
    """Which workers were started."""

    names: set[str] = field(default_factory=set[str])

    def worker(self, name: str) -> Worker:
        async def run() -> None:
            self.names.add(name)
            await asyncio.Event().wait()

        return Worker(name, run)

    def service(self) -> Service:
        router = APIRouter()

        @router.get("/health/of/things")
        async def get_things() -> str:  # pyright: ignore[reportUnusedFunction]
            return "things"

        return Service("small", router, workers=[self.worker("worker")], http_workers=[self.worker("http_worker")])


@asynccontextmanager
async def process(ran: Ran, infrastructure: Infrastructure, role: Role) -> AsyncGenerator[httpx.AsyncClient]:
    app = create_app([ran.service()], infrastructure, Settings(rate_limits="off"), role)
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        yield client


async def is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/ready")).status_code == 200


@pytest.mark.parametrize(
    ("role", "runs", "status"),
    [
        (Role.HTTP, {"http_worker"}, 200),
        (Role.WORKERS, {"worker"}, 404),
        (Role.WHOLE, {"http_worker", "worker"}, 200),
    ],
)
async def test_a_part_runs_what_belongs_to_it(
    infrastructure: Infrastructure, role: Role, runs: set[str], status: int
) -> None:
    ran = Ran()
    async with process(ran, infrastructure, role) as client:
        await eventually(lambda: is_ready(client))
        assert (await client.get("/health/of/things")).status_code == status
        assert [(await client.get(path)).status_code for path in OF_THE_PROCESS] == [200] * 4
    assert ran.names == runs


async def test_a_process_is_not_ready_until_each_store_has_answered_once(infrastructure: Infrastructure) -> None:
    @dataclass
    class ComingAndGoing:
        away: bool = True

        async def last(self, stream: str) -> None:
            if self.away:
                raise StoreUnavailable("not started")

    events = ComingAndGoing()
    infrastructure = replace(infrastructure, events=cast("EventStore", events))
    async with process(Ran(), infrastructure, Role.WORKERS) as client:
        waiting = await client.get("/ready")
        events.away = False
        await eventually(lambda: is_ready(client))
        events.away = True
        assert (await client.get("/ready")).status_code == 200
    assert waiting.status_code == 503
    assert waiting.json() == {"detail": "stores: Журнал событий недоступен"}
