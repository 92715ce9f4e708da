"""Benchmark: projecting events into MongoDB, against a bare motor `bulk_write` of the same documents, alternating.

Events come in batches, as a consumer receives them. A batch has one event per job, so every event costs a write.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ReplaceOne

from benchmarks.distributed.jobs import EVENTS, JOBS, with_jobs
from benchmarks.table import Row
from california_gold_contracts.envelope import Envelope
from chassis.adapters.mongo.records import index_models, record
from chassis.commands.recording import envelope_of
from chassis.commands.text_sealing import TextSealing
from chassis.ports.document_store import Collection, Document
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.projector import Projector
from jobs_query.projections.job import JobProjection
from tests.servers.infrastructure_servers import InfrastructureServers

_ROUNDS = 3
_BATCH = 500
Batches = Sequence[Sequence[Envelope]]
Record = dict[str, object]


async def rows(servers: InfrastructureServers, folder: Path) -> list[Row]:
    """Measure documents written per second."""
    ours, bare = list[float](), list[float]()
    client: AsyncIOMotorClient[Record] = AsyncIOMotorClient(servers.mongodb.endpoint, w="majority", journal=True)
    async with with_jobs(servers) as (infrastructure, stored):
        ordered = sorted((envelope_of(event) for event in stored), key=lambda event: event.revision)
        batches = [ordered[start : start + _BATCH] for start in range(0, len(ordered), _BATCH)]
        for _ in range(_ROUNDS):
            collection = replace(JobProjection.collection, name=f"jobs-{uuid4().hex}")
            ours.append(await _project(infrastructure, collection, batches))
            documents = await infrastructure.documents.find(collection, {"owner_id": 1}, order="number", limit=JOBS)
            target = client.get_database("bare").get_collection(uuid4().hex)
            bare.append(await write_bare(target, collection, documents, len(batches)))
    client.close()
    ratio = median(theirs / own for own, theirs in zip(ours, bare, strict=True))
    what = "projecting jobs against a bare bulk_write of the same documents"
    return [Row(what, f"{EVENTS / median(ours):,.0f} documents/s", f"{EVENTS / median(bare):,.0f} documents/s", ratio)]


async def _project(infrastructure: Infrastructure, collection: Collection, batches: Batches) -> float:
    projection = JobProjection()
    projection.collection = collection
    projector = Projector(
        projection, infrastructure.documents, infrastructure.events, TextSealing(infrastructure.text_keys)
    )
    started = perf_counter()
    for batch in batches:
        await projector.project(batch)
    return perf_counter() - started


async def write_bare(target: Any, collection: Collection, documents: Sequence[Document], times: int) -> float:
    """Write all documents `times` times with our records and indexes; return the seconds of the writes."""
    await target.create_indexes(index_models(collection))
    started = perf_counter()
    for revision in range(times):
        records = [
            record(collection, Document(document.id, revision, document.body, {"owner_id": 1, "number": number}))
            for number, document in enumerate(documents)
        ]
        await target.bulk_write([ReplaceOne({"_id": new["_id"]}, new, upsert=True) for new in records], ordered=False)
    return perf_counter() - started
