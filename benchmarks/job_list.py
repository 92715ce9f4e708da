"""Benchmark: `GET /jobs?limit=100` against a bare FastAPI handler that returns the same bytes from memory.

The bare handler has the same parameters, token check and HTTP server; ours has its middleware, limits and log too.
Each server is a separate process; requests alternate between them.
"""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import uvloop

from benchmarks.http_load import get, requests_per_second
from benchmarks.table import Row

_FEW, _MANY = 1_000, 100_000
_SECONDS = 2.0
_ROUNDS = 5
_GOAL, _GOAL_GROWTH = 0.6, 1.3


def rows() -> list[Row]:
    """Measure requests per second of ours and the bare handler, and of ours with few and with many jobs."""
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        return uvloop.run(_measured(Path(folder)))


async def _measured(folder: Path) -> list[Row]:
    page = folder / "page.json"
    with _server("ours", folder / "few", str(_FEW)) as few, _server("ours", folder / "many", str(_MANY)) as many:
        page.write_bytes(await get(*few))
        with _server("bare", folder / "bare", str(page)) as bare:
            rates = [
                [await requests_per_second(*server, _SECONDS) for server in (few, many, bare)] for _ in range(_ROUNDS)
            ]
    ours_few, ours_many, bare_rate = (median(column) for column in zip(*rates, strict=True))
    against_bare = median(few / bare for few, _, bare in rates)
    growth = median(few / many for few, many, _ in rates)
    return [
        Row(
            f"GET /jobs?limit=100 against a bare handler (goal {_GOAL})",
            _shown(ours_few),
            _shown(bare_rate),
            against_bare,
        ),
        Row(
            f"GET /jobs?limit=100, {_MANY:,} jobs (cost against {_FEW:,}: at most {_GOAL_GROWTH})",
            _shown(ours_many),
            _shown(ours_few),
            growth,
        ),
    ]


def _shown(rate: float) -> str:
    return f"{rate:,.0f} requests/s"


@contextmanager
def _server(kind: str, data_dir: Path, argument: str) -> Generator[tuple[str, str]]:
    """Run a server process; yield the URL of the request and a token."""
    command = [sys.executable, "-m", "benchmarks.job_list_server", kind, str(data_dir), argument]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            address, _, token = (process.stdout.readline() if process.stdout else "").strip().partition(" ")
            if not token:
                raise RuntimeError(f"the server did not start: {' '.join(command)}")
            yield f"{address}/jobs?limit=100&skip=0", token
        finally:
            process.terminate()
