"""Benchmark: verifying the hash chains of the log, and the state of a long job at a point in time, against goals."""

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from uuid import uuid4

import uvloop

from benchmarks.job_histories import EVENTS_PER_JOB, store_jobs
from benchmarks.table import Row
from california_gold_contracts import jobs
from chassis.audit.point_in_time import up_to
from chassis.audit.verification import scan_log, verify_stream
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder
from chassis.composition.embedded import embedded
from chassis.ports.event_store import NO_STREAM
from chassis.ports.infrastructure import Infrastructure
from jobs_command.entrypoints.audit import AUDITED

_JOBS = 5_000
_ROUNDS = 3
_EVENTS_OF_LONG_JOB = 1_000
_GOAL_VERIFY = 100_000
_GOAL_AS_OF_MS = 50


def rows() -> list[Row]:
    """Measure verified events per second, and the time to compute the state of a job with many events."""
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        return uvloop.run(_measured(Path(folder)))


async def _measured(folder: Path) -> list[Row]:
    async with embedded(folder / "data") as infrastructure:
        await store_jobs(infrastructure, _JOBS)
        rate = median([await _verify(infrastructure) for _ in range(_ROUNDS)])
        stream = await _long_job(infrastructure)
        milliseconds = 1000 * median([await _as_of(infrastructure, stream) for _ in range(_ROUNDS)])
    return [
        Row("verifying every chain of the log", f"{rate:,.0f} events/s", f"{_GOAL_VERIFY:,}", rate / _GOAL_VERIFY),
        Row(
            f"state of a job with {_EVENTS_OF_LONG_JOB:,} events at a point in time, chain verified",
            f"{milliseconds:.1f} ms",
            f"{_GOAL_AS_OF_MS} ms",
            _GOAL_AS_OF_MS / milliseconds,
        ),
    ]


async def _verify(infrastructure: Infrastructure) -> float:
    started = perf_counter()
    scan = await scan_log(infrastructure.events)
    if scan.faults or scan.events < _JOBS * EVENTS_PER_JOB:
        raise RuntimeError(f"{scan.events} events, {len(scan.faults)} faults")
    return scan.events / (perf_counter() - started)


async def _long_job(infrastructure: Infrastructure) -> str:
    job_id = uuid4()
    events = [
        jobs.JobSubmitted(job_id=job_id, number=1, owner_id=1, title="CT", description=None, input=None),
        *(
            jobs.AnalysisProgressed(job_id=job_id, attempt=1, progress=step // 10, stage="detect")
            for step in range(1, _EVENTS_OF_LONG_JOB)
        ),
    ]
    stream, context = f"job-{job_id}", CommandContext(uuid4(), "service:benchmark", "benchmark")
    recorded = Recorder("benchmark", infrastructure.clock.now()).record(events, context, stream, None)
    await infrastructure.events.append(stream, recorded, NO_STREAM)
    return stream


async def _as_of(infrastructure: Infrastructure, stream: str) -> float:
    started = perf_counter()
    events, faults = await verify_stream(infrastructure.events, stream)
    state = AUDITED.state(up_to(events, infrastructure.clock.now()))
    if faults or not isinstance(state, dict) or state["progress"] != (_EVENTS_OF_LONG_JOB - 1) // 10:
        raise RuntimeError("the state of the job is wrong")
    return perf_counter() - started
