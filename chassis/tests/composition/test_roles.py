"""The roles of a process (HTTP, workers): each reports health and metrics."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import cast

import httpx
import pytest
from fastapi import APIRouter

from chassis.http.app import create_app
from chassis.ports.event_store import EventStore, StoredEvent, StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Role, Service, Worker
from chassis.runtime.settings import Settings
from testkit.eventually import eventually

SYSTEM_PATHS = ("/health", "/live", "/ready", "/metrics")


@dataclass
class StartedWorkers:
    """Records which workers were started."""

    names: set[str] = field(default_factory=set[str])

    def worker(self, name: str) -> Worker:
        async def run() -> None:
            self.names.add(name)
            await asyncio.Event().wait()

        return Worker(name, run)

    def service(self) -> Service:
        router = APIRouter()

        @router.get("/small/items")
        async def get_items() -> str:  # pyright: ignore[reportUnusedFunction]
            return "items"

        return Service("small", router, workers=[self.worker("worker")], http_workers=[self.worker("http_worker")])


@asynccontextmanager
async def process(
    started: StartedWorkers, infrastructure: Infrastructure, role: Role
) -> AsyncGenerator[httpx.AsyncClient]:
    app = create_app([started.service()], infrastructure, Settings(rate_limits="off"), role)
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
async def test_a_process_runs_the_routes_and_workers_of_its_role(
    infrastructure: Infrastructure, role: Role, runs: set[str], status: int
) -> None:
    started = StartedWorkers()
    async with process(started, infrastructure, role) as client:
        await eventually(lambda: is_ready(client))
        assert (await client.get("/small/items")).status_code == status
        assert [(await client.get(path)).status_code for path in SYSTEM_PATHS] == [200] * 4
    assert started.names == runs


async def test_a_process_is_ready_once_each_store_has_answered(infrastructure: Infrastructure) -> None:
    @dataclass
    class IntermittentEvents:
        unavailable: bool = True

        async def last(self, stream: str) -> None:
            if self.unavailable:
                raise StoreUnavailable("not started")

        async def read_all(self, after: int) -> AsyncGenerator[Sequence[StoredEvent]]:
            for nothing in list[Sequence[StoredEvent]]():
                yield nothing

    events = IntermittentEvents()
    infrastructure = replace(infrastructure, events=cast("EventStore", events))
    async with process(StartedWorkers(), infrastructure, Role.WORKERS) as client:
        before = await client.get("/ready")
        events.unavailable = False
        await eventually(lambda: is_ready(client))
        events.unavailable = True
        assert (await client.get("/ready")).status_code == 200
    assert before.status_code == 503
    assert before.json() == {"detail": "stores: Журнал событий недоступен"}
