"""Benchmark of the running product: start-up time, memory, latency from an event to WebSockets."""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psutil
from websockets.asyncio.client import ClientConnection

from benchmarks.table import Row
from california_gold_contracts import jobs
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder
from chassis.composition.embedded import embedded
from chassis.ports.event_store import NO_STREAM
from tests.e2e.api_client import Account, Api
from tests.e2e.embedded_product import EmbeddedProduct

_STORED_EVENTS = 100_000
_EVENTS_PER_JOB = 10
_UPDATES = 40


def rows() -> list[Row]:
    """Measure against the product's limits; the ratio is the limit divided by the measured value."""
    with TemporaryDirectory() as folder:
        return [*_start_up(Path(folder) / "stored"), *asyncio.run(_sockets(Path(folder) / "sockets"))]


def _start_up(folder: Path) -> list[Row]:
    asyncio.run(_store_events(folder / "data"))
    first = EmbeddedProduct(folder).start()  # fills the read models and topics
    _wait_until_idle(first.pid)
    first.stop()
    started = time.perf_counter()
    server = EmbeddedProduct(folder).start()
    seconds = time.perf_counter() - started
    _wait_until_idle(server.pid)
    memory = psutil.Process(server.pid).memory_info().rss / 2**20
    server.stop()
    return [
        Row(f"start with {_STORED_EVENTS:,} events stored", f"{seconds:.2f} s", "3 s", 3 / seconds),
        Row("memory of the idle process", f"{memory:.0f} MB", "250 MB", 250 / memory),
    ]


async def _store_events(data_dir: Path) -> None:
    async with embedded(data_dir) as infrastructure:
        for number in range(1, _STORED_EVENTS // _EVENTS_PER_JOB + 1):
            job_id = uuid4()
            events: list[jobs.JobEvent] = [
                jobs.JobSubmitted(job_id=job_id, number=number, owner_id=1, title="CT", description=None, input=None),
                jobs.AnalysisStarted(job_id=job_id, attempt=1, analyzer="benchmark"),
                *(
                    jobs.AnalysisProgressed(job_id=job_id, attempt=1, progress=10 * step, stage="detect")
                    for step in range(1, _EVENTS_PER_JOB - 1)
                ),
            ]
            context = CommandContext(uuid4(), "service:benchmark", "benchmark")
            recorded = Recorder("benchmark", infrastructure.clock.now()).record(events, context, f"job-{job_id}", None)
            await infrastructure.events.append(f"job-{job_id}", recorded, NO_STREAM)


def _wait_until_idle(pid: int) -> None:
    process = psutil.Process(pid)
    idle_seconds = 0
    while idle_seconds < 3:
        idle_seconds = idle_seconds + 1 if process.cpu_percent(interval=1) < 3 else 0


async def _sockets(folder: Path) -> list[Row]:
    server = EmbeddedProduct(folder).start()
    try:
        async with Api(server.url).registered() as account:
            return [await _socket_latency(account, Api(server.url), count) for count in (1, 100, 1000)]
    finally:
        server.stop()


async def _socket_latency(account: Account, api: Api, count: int) -> Row:
    job = (await account.http.post("/jobs", data={"title": "latency"})).json()
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(api.socket(job["id"])) for _ in range(count)]
        await asyncio.gather(*(socket.recv() for socket in sockets))
        latencies: list[float] = []
        for number in range(_UPDATES):
            sent = asyncio.create_task(account.http.put(f"/jobs/{job['id']}", json={"title": f"title {number}"}))
            latencies += await asyncio.gather(*(_latency_of(socket) for socket in sockets))
            (await sent).raise_for_status()
    return _latency_row(count, sorted(latencies))


async def _latency_of(socket: ClientConnection) -> float:
    """Return the seconds from the time of the event, which the message carries, to its receipt."""
    text = await socket.recv()
    received = datetime.now(UTC)
    return (received - datetime.fromisoformat(json.loads(text)["job"]["updated_at"])).total_seconds()


def _latency_row(count: int, latencies: Sequence[float]) -> Row:
    median_ms, p99_ms = (1000 * latencies[int(len(latencies) * share)] for share in (0.5, 0.99))
    return Row(
        f"event to socket, {count} sockets",
        f"p50 {median_ms:.1f} ms, p99 {p99_ms:.1f} ms",
        "p99 50 ms",
        50 / p99_ms,
    )
