"""`python -m benchmarks.scale`: how verification and rebuild scale with the log. Arguments: numbers of events.

Each step runs in a separate process, so that peak memory is measured separately. The rate refers to wall-clock time;
compare it with the processor time to see how busy the machine was. A rebuild includes its comparison and waits of 3 s.
"""

import asyncio
import json
import resource
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import uvloop

from benchmarks.job_histories import EVENTS_PER_JOB, store_jobs
from california_gold.read_models import READ_MODELS
from chassis.audit.verification import scan_log
from chassis.composition.embedded import embedded
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.rebuilding import Rebuild

_COUNTS = (10_000, 100_000, 1_000_000)
_WRITERS = 50
_MEGABYTE = 1024**2


async def _fill(infrastructure: Infrastructure, events: int) -> None:
    jobs = events // EVENTS_PER_JOB
    await asyncio.gather(*(store_jobs(infrastructure, jobs // _WRITERS) for _ in range(_WRITERS)))


async def _verify(infrastructure: Infrastructure, events: int) -> None:
    scan = await scan_log(infrastructure.events)
    if scan.faults or scan.events != events:
        raise RuntimeError(f"{scan.events} events, {len(scan.faults)} faults")


async def _rebuild(infrastructure: Infrastructure, events: int) -> None:
    result = await Rebuild(infrastructure, READ_MODELS["jobs"]).run()
    if not result.promoted or result.events != events:
        raise RuntimeError(f"{result.events} events, {result.comparison.differing} differences")


STEPS: Mapping[str, Callable[[Infrastructure, int], Awaitable[None]]] = {
    "fill": _fill,
    "verify": _verify,
    "rebuild": _rebuild,
}


def _step(name: str, folder: Path, events: int) -> None:
    async def run() -> tuple[float, float]:
        async with embedded(folder) as infrastructure:
            started, cpu_started = perf_counter(), process_time()
            await STEPS[name](infrastructure, events)
            return perf_counter() - started, process_time() - cpu_started

    seconds, processor = uvloop.run(run())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "processor": processor, "memory": memory}))


def _measured(name: str, folder: Path, events: int) -> Mapping[str, float]:
    command = [sys.executable, "-m", "benchmarks.scale", "--step", name, str(folder), str(events)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def _row(events: int) -> str:
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        data = Path(folder) / "data"
        _measured("fill", data, events)
        size = sum(path.stat().st_size for path in data.glob("events.db*")) / _MEGABYTE
        verified, rebuilt = _measured("verify", data, events), _measured("rebuild", data, events)
    cells = [f"{events:,}", f"{size:,.0f} MB"]
    for step in (verified, rebuilt):
        seconds = step["seconds"]
        cells += [f"{seconds:,.1f} s", f"{events / seconds:,.0f}/s"]
        cells += [f"{step['processor']:,.1f} s", f"{step['memory']:,.0f} MB"]
    return f"| {' | '.join(cells)} |\n"


def main(arguments: list[str]) -> int:
    """Print the table. Return the exit code."""
    if arguments[:1] == ["--step"]:
        _step(arguments[1], Path(arguments[2]), int(arguments[3]))
        return 0
    columns = ["events", "events.db"]
    for step in ("verify", "rebuild"):
        columns += [step, "rate", "processor", "peak memory"]
    sys.stdout.write(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n")
    for events in map(int, arguments) if arguments else _COUNTS:
        sys.stdout.write(_row(events))
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
