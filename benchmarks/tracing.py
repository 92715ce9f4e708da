"""Benchmark: what traces cost, as processor time per `POST /jobs` with 1 % of the traces sampled, and without.

Two products in this process take turns, a hundred requests each, because whatever else the machine does then costs both
the same. All that follows from a POST is counted, the export included; the receiver is another process.
"""

import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from unittest.mock import patch

import httpx
import structlog
import uvloop

from benchmarks.table import Row
from benchmarks.write_counts import create_jobs, running_product

_ROUNDS, _REQUESTS = 32, 100
_SAMPLED_1_PERCENT = {
    "OTEL_TRACES_EXPORTER": "otlp",
    "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
    "OTEL_TRACES_SAMPLER_ARG": "0.01",
}
_GOAL = 0.97
_RECEIVER = "from testkit.otlp_receiver import *; r = otlp_receiver(); print(r.__enter__().url, flush=True); input()"


def rows() -> list[Row]:
    """Measure in turns."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with TemporaryDirectory(dir=Path.cwd()) as folder, _receiver() as url:
        return uvloop.run(_compared(Path(folder), url))


async def _compared(folder: Path, url: str) -> list[Row]:
    variables = {**_SAMPLED_1_PERCENT, "OTEL_EXPORTER_OTLP_ENDPOINT": url}
    async with running_product(folder / "without") as without:
        with patch.dict("os.environ", variables):
            async with running_product(folder / "sampled") as sampled:
                return [_row(await _in_turns(without, sampled))]


async def _in_turns(without: httpx.AsyncClient, sampled: httpx.AsyncClient) -> list[tuple[float, float]]:
    costs: list[tuple[float, float]] = []
    for number in range(_ROUNDS):
        order = (without, sampled) if number % 2 else (sampled, without)
        cost = {client: await _cost(client) for client in order}
        costs.append((cost[without], cost[sampled]))
    return costs[2:]


async def _cost(http: httpx.AsyncClient) -> float:
    """Return the seconds of processor time per request."""
    before = time.process_time()
    await create_jobs(http, _REQUESTS)
    return (time.process_time() - before) / _REQUESTS


def _row(costs: list[tuple[float, float]]) -> Row:
    reference, ours = (median(cost[index] for cost in costs) for index in (0, 1))
    what = f"processor per POST of a job, traces sampled at 1 % against none (goal {_GOAL})"
    return Row(what, f"{1e6 * ours:,.0f} µs", f"{1e6 * reference:,.0f} µs", reference / ours)


@contextmanager
def _receiver() -> Generator[str]:
    command = [sys.executable, "-c", _RECEIVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield (process.stdout.readline() if process.stdout else "").strip()
        finally:
            process.terminate()
