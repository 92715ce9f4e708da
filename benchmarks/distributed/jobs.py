"""Events of jobs in the event store, for the benchmarks to read."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from benchmarks.stories import EVENTS_OF_A_JOB, store_jobs
from chassis.composition.distributed import distributed
from chassis.ports.event_store import StoredEvent
from chassis.ports.infrastructure import Infrastructure
from tests.servers.infrastructure import settings_from
from tests.servers.infrastructure_servers import InfrastructureServers

JOBS = 500
EVENTS = JOBS * EVENTS_OF_A_JOB


@asynccontextmanager
async def with_jobs(stack: InfrastructureServers) -> AsyncGenerator[tuple[Infrastructure, Sequence[StoredEvent]]]:
    """Open the infrastructure, fill the event store, and yield the events too."""
    async with distributed(settings_from(stack.settings())) as infrastructure:
        await store_jobs(infrastructure, JOBS)
        stored = [event async for page in infrastructure.events.read_all(categories=["job"]) for event in page]
        if len(stored) != EVENTS:
            raise RuntimeError(f"{len(stored)} events were stored")
        yield infrastructure, stored
