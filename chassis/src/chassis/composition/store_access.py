"""Workers that reach each store once: a refusal is noticed at the start, not at the first use of the store."""

import asyncio
from collections.abc import Awaitable, Callable

from chassis.http.health import StoreProbes
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Role, Service, Worker


def store_access(infrastructure: Infrastructure, role: Role) -> Service:
    """Return the workers as a service of a process with this role."""
    probes = StoreProbes(infrastructure)

    workers = [
        _worker("events", probes.read_events),
        _worker("documents", probes.write_document),
        _worker("objects", probes.write_object),
        _worker("bus", probes.read_topics),
    ]
    return Service("stores", http_workers=workers) if Role.HTTP in role else Service("stores", workers=workers)


def _worker(store: str, probe: Callable[[], Awaitable[None]]) -> Worker:
    async def run() -> None:
        await probe()
        await asyncio.Event().wait()

    return Worker(f"store:{store}", run)
