"""Benchmark: rebuilding a read model in MongoDB from the event store, against a bare motor `bulk_write`.

Both write the same documents. Each job has one event, so that documents and events are equal in number. The bare client
has its documents in memory.
"""

from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import uuid4

from motor.motor_asyncio import AsyncIOMotorClient

from benchmarks.distributed.projection import Record, write_bare
from benchmarks.job_histories import store_jobs
from benchmarks.table import Row
from chassis.commands.text_sealing import TextSealing
from chassis.composition.distributed import distributed
from chassis.ports.document_store import Collection
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.projector import Projector
from jobs_query.projections.job import JobProjection
from testkit.rebuilds import project_log
from tests.servers.infrastructure import settings_from
from tests.servers.infrastructure_servers import InfrastructureServers

_JOBS = 3_000
_ROUNDS = 3


async def rows(servers: InfrastructureServers, folder: Path) -> list[Row]:
    """Measure documents per second."""
    ours, bare = list[float](), list[float]()
    client: AsyncIOMotorClient[Record] = AsyncIOMotorClient(servers.mongodb.endpoint, w="majority", journal=True)
    async with distributed(settings_from(servers.settings())) as infrastructure:
        await store_jobs(infrastructure, _JOBS, events_per_job=1)
        for _ in range(_ROUNDS):
            collection = replace(JobProjection.collection, name=f"jobs-{uuid4().hex}")
            ours.append(await _rebuild(infrastructure, collection))
            documents = await infrastructure.documents.find(collection, {"owner_id": 1}, order="number", limit=_JOBS)
            target = client.get_database("bare").get_collection(uuid4().hex)
            bare.append(await write_bare(target, collection, documents, 1))
    client.close()
    ratio = median(theirs / own for own, theirs in zip(ours, bare, strict=True))
    what = "rebuild of the jobs' read model against a bare bulk_write"
    return [Row(what, f"{_JOBS / median(ours):,.0f} documents/s", f"{_JOBS / median(bare):,.0f} documents/s", ratio)]


async def _rebuild(infrastructure: Infrastructure, collection: Collection) -> float:
    projection = JobProjection()
    projection.collection = collection
    started = perf_counter()
    projector = Projector(projection, infrastructure.documents, None, TextSealing(infrastructure.text_keys))
    count = await project_log(infrastructure.events, ["job"], projector)
    if count != _JOBS:
        raise RuntimeError(f"{count} events were read")
    return perf_counter() - started
