"""Benchmark: rebuilding the read model of jobs, against plain rows of sqlite3, and against unsealed events."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import uvloop

from benchmarks.job_histories import EVENTS_PER_JOB, store_jobs
from benchmarks.table import Row
from chassis.commands.text_sealing import TextSealing
from chassis.composition.embedded import embedded
from chassis.ports.document_store import Document
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.projector import Projector
from jobs_query.projections.job import JobProjection
from testkit.rebuilds import project_log

_JOBS = 5_000
_ROUNDS = 3
_JOBS_PER_COMMIT = 1000 // EVENTS_PER_JOB
_GOAL = 30_000


def rows() -> list[Row]:
    """Measure events per second; plain sqlite3 writes only the documents, in as many commits."""
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        return uvloop.run(_measured(Path(folder)))


async def _measured(folder: Path) -> list[Row]:
    events = _JOBS * EVENTS_PER_JOB
    ours: list[float] = []
    theirs: list[float] = []
    unsealed: list[float] = []
    async with embedded(folder / "data") as infrastructure, embedded(folder / "unsealed") as without_seals:
        await store_jobs(infrastructure, _JOBS)
        await store_jobs(without_seals, _JOBS, sealed=False)
        for number in range(_ROUNDS):
            ours.append(events / await _rebuild(infrastructure))
            documents = await _removed_documents(infrastructure)
            theirs.append(events / _write_plain_rows(folder / f"plain-{number}.db", documents))
            unsealed.append(events / await _rebuild(without_seals))
            await _removed_documents(without_seals)
    rate, plain, without = median(ours), median(theirs), median(unsealed)
    return [
        Row(
            "rebuild of the jobs' read model",
            f"{rate:,.0f} events/s",
            f"plain rows: {plain:,.0f} events/s",
            rate / plain,
        ),
        Row("rebuild against unsealed events", f"{rate:,.0f} events/s", f"{without:,.0f} events/s", rate / without),
        Row("rebuild against its goal", f"{rate:,.0f} events/s", f"{_GOAL:,} events/s", rate / _GOAL),
    ]


async def _rebuild(infrastructure: Infrastructure) -> float:
    started = perf_counter()
    texts = TextSealing(infrastructure.text_keys)
    count = await project_log(
        infrastructure.events, ["job"], Projector(JobProjection(), infrastructure.documents, None, texts)
    )
    seconds = perf_counter() - started
    if count != _JOBS * EVENTS_PER_JOB:
        raise RuntimeError(f"{count} events were read")
    return seconds


async def _removed_documents(infrastructure: Infrastructure) -> Sequence[Document]:
    """Remove all documents, and return them."""
    found = await infrastructure.documents.find(JobProjection.collection, {"owner_id": 1}, order="number", limit=_JOBS)
    if len(found) != _JOBS:
        raise RuntimeError(f"{len(found)} documents were written")
    await infrastructure.documents.delete(JobProjection.collection, [document.id for document in found])
    return found


def _write_plain_rows(path: Path, documents: Sequence[Document]) -> float:
    started = perf_counter()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE jobs (id TEXT PRIMARY KEY, revision INTEGER, body BLOB, owner INTEGER, number INTEGER)"
    )
    for start in range(0, len(documents), _JOBS_PER_COMMIT):
        batch = enumerate(documents[start : start + _JOBS_PER_COMMIT], start)
        with connection:
            connection.executemany(
                "INSERT INTO jobs VALUES (?, ?, ?, 1, ?)",
                [(document.id, document.revision, document.body, number) for number, document in batch],
            )
    connection.close()
    return perf_counter() - started
