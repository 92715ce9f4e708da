"""Benchmark: reading the log through the port, against the bare `kurrentdbclient`, alternating."""

from pathlib import Path
from statistics import median
from time import perf_counter

from kurrentdbclient import AsyncKurrentDBClient

from benchmarks.distributed.jobs import EVENTS, with_jobs
from benchmarks.table import Row
from chassis.ports.event_store import EventStore
from tests.servers.infrastructure_servers import InfrastructureServers

_ROUNDS = 5


async def rows(servers: InfrastructureServers, folder: Path) -> list[Row]:
    """Measure events per second."""
    ours, bare = list[float](), list[float]()
    async with with_jobs(servers) as (infrastructure, _):
        client = AsyncKurrentDBClient(servers.event_store.endpoint)
        await client.connect()
        for _ in range(_ROUNDS):
            ours.append(await _ours(infrastructure.events))
            bare.append(await _bare(client))
        await client.close()
    ratio = median(theirs / own for own, theirs in zip(ours, bare, strict=True))
    what = "reading the log against kurrentdbclient alone"
    return [Row(what, f"{EVENTS / median(ours):,.0f} events/s", f"{EVENTS / median(bare):,.0f} events/s", ratio)]


async def _ours(events: EventStore) -> float:
    started = perf_counter()
    count = sum([len(page) async for page in events.read_all(categories=["job"])])
    return _seconds(started, count)


async def _bare(client: AsyncKurrentDBClient) -> float:
    started, count = perf_counter(), 0
    async for _ in await client.read_all(filter_include=["job-.*"], filter_by_stream_name=True):
        count += 1
    return _seconds(started, count)


def _seconds(started: float, count: int) -> float:
    if count != EVENTS:
        raise RuntimeError(f"{count} events were read")
    return perf_counter() - started
