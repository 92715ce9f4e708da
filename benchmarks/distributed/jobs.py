"""An event store filled with the events of jobs."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from benchmarks.job_histories import EVENTS_PER_JOB, store_jobs
from chassis.composition.distributed import distributed
from chassis.ports.event_store import StoredEvent
from chassis.ports.infrastructure import Infrastructure
from tests.servers.infrastructure import settings_from
from tests.servers.infrastructure_servers import InfrastructureServers

JOBS = 500
EVENTS = JOBS * EVENTS_PER_JOB


@asynccontextmanager
async def with_jobs(servers: InfrastructureServers) -> AsyncGenerator[tuple[Infrastructure, Sequence[StoredEvent]]]:
    """Fill the event store; yield the infrastructure and the stored events."""
    async with distributed(settings_from(servers.settings())) as infrastructure:
        await store_jobs(infrastructure, JOBS)
        stored = [event async for page in infrastructure.events.read_all(categories=["job"]) for event in page]
        if len(stored) != EVENTS:
            raise RuntimeError(f"{len(stored)} events were stored")
        yield infrastructure, stored
