"""Benchmark: `POST /jobs` without a file and `PUT /jobs/{id}` against a bare FastAPI handler with one insert.

The bare handler has the same form, token check and HTTP server, and one synced statement in SQLite for each request.
Each server is a separate process; requests alternate between them.
"""

import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import httpx
import psutil
import uvloop

from benchmarks.http_load import Load, load, prepared
from benchmarks.table import Row
from benchmarks.write_counts import counted_writes
from tests.e2e.api_client import Api
from tests.e2e.embedded_product import EmbeddedProduct

_GOALS = {1: 0.30, 8: 0.45, 64: 0.60}
_SECONDS = 2.0
_ROUNDS = 3
_CHANGED_JOBS = 500
"""Jobs that take turns being changed: each may be changed 500 times."""

_CONNECTIONS_OF_COST = 8
_FORM = "application/x-www-form-urlencoded"
_MAX_P99 = 3.0


@dataclass(frozen=True)
class _Target:
    """A running server and its process: requests that create a job, and that change one."""

    url: str
    pid: int
    create: Callable[[], bytes]
    change: Callable[[], bytes]


def rows() -> list[Row]:
    """Measure rates, latencies and the cost of a write."""
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        measured = uvloop.run(_measured(Path(folder)))
        return [*measured, *uvloop.run(counted_writes(Path(folder) / "counted"))]


async def _measured(folder: Path) -> list[Row]:
    product = EmbeddedProduct(folder / "ours").start()
    try:
        with _bare_server(folder / "bare") as (address, token, pid):
            async with Api(product.url).registered() as account:
                ours = _target(product.url, account.token, product.pid)
                bare = _target(address, token, pid)
                rows: list[Row] = []
                for method in ("POST", "PUT"):
                    for connections, goal in _GOALS.items():
                        rows += await _compared(method, ours, bare, connections, goal)
                return [*rows, await _processor_row(ours, bare)]
    finally:
        product.stop()


async def _compared(method: str, ours: _Target, bare: _Target, connections: int, goal: float) -> list[Row]:
    loads = [[await _load(method, target, connections) for target in (ours, bare)] for _ in range(_ROUNDS)]
    typical = sorted((pair[0] for pair in loads), key=lambda one: one.rate)[_ROUNDS // 2]
    reference = sorted((pair[1] for pair in loads), key=lambda one: one.rate)[_ROUNDS // 2]
    ratio = median(one.rate / other.rate for one, other in loads)
    name = f"{method} of a job, {connections} connections"
    tail = typical.percentile(0.99) / typical.percentile(0.5)
    return [
        Row(f"{name} against a bare handler (goal {goal})", _shown(typical), _shown(reference), ratio),
        Row(f"{name}, p99 (at most {_MAX_P99:g} times p50)", f"{tail:.1f} times", f"{_MAX_P99:g}", _MAX_P99 / tail),
    ]


async def _load(method: str, target: _Target, connections: int) -> Load:
    return await load(target.url, target.create if method == "POST" else target.change, connections, _SECONDS)


def _shown(one: Load) -> str:
    return f"{one.rate:,.0f}/s, p50 {1000 * one.percentile(0.5):.1f} ms, p99 {1000 * one.percentile(0.99):.1f} ms"


async def _processor_row(ours: _Target, bare: _Target) -> Row:
    """Return the processor time of each whole process for a write, all that follows from it included."""
    used, reference = [await _processor(target) for target in (ours, bare)]
    return Row(
        "processor per POST of a job, 8 connections",
        f"{1e6 * used:,.0f} µs",
        f"{1e6 * reference:,.0f} µs",
        reference / used,
    )


async def _processor(target: _Target) -> float:
    process = psutil.Process(target.pid)
    before = sum(process.cpu_times()[:2])
    sent = await load(target.url, target.create, _CONNECTIONS_OF_COST, 2 * _SECONDS)
    return (sum(process.cpu_times()[:2]) - before) / len(sent.latencies)


def _target(url: str, token: str, pid: int) -> _Target:
    """Return the requests to a server. The jobs that they change are created first."""
    created = _created(url, token)
    form = urlencode({"title": "CT Scan Analysis", "description": "thorax"}).encode()
    post = prepared("POST", "/jobs", token, _FORM, form)
    jobs, numbers = cycle(created), count()

    def change() -> bytes:
        body = b'{"title": "title %d"}' % next(numbers)
        return prepared("PUT", f"/jobs/{next(jobs)}", token, "application/json", body)

    return _Target(url, pid, lambda: post, change)


def _created(url: str, token: str) -> list[str]:
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as http:
        answers = [http.post("/jobs", data={"title": "CT"}).raise_for_status() for _ in range(_CHANGED_JOBS)]
    return [answer.json()["id"] for answer in answers]


@contextmanager
def _bare_server(folder: Path) -> Generator[tuple[str, str, int]]:
    """Run the bare server; yield its address, a token and its process id."""
    command = [sys.executable, "-m", "benchmarks.writes_server", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            address, _, token = (process.stdout.readline() if process.stdout else "").strip().partition(" ")
            if not token:
                raise RuntimeError(f"the server did not start: {' '.join(command)}")
            yield address, token, process.pid
        finally:
            process.terminate()
