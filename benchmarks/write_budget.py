"""The budget of a write: `python -m benchmarks.write_budget` prints what each step of `POST /jobs` costs.

Microseconds of the main thread under cProfile, which makes Python two to three times slower: compare the steps with one
another, not with a clock. Steps contain those that are indented below them.
"""

import asyncio
import cProfile
import pstats
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import structlog

from benchmarks.write_counts import create_jobs, running_product

_WRITES = 300
_STEPS = (
    ("request, all layers", "request_middleware.py", "__call__"),
    ("  token: signature (cached), revocation", "authentication.py", "_identify"),
    ("  FastAPI's dependencies", "dependencies/utils.py", "solve_dependencies"),
    ("  form: fields, validation", "upload_handler.py", "receive"),
    ("  quota: reservation", "quotas.py", "reserve"),
    ("  number: event of the sequence, append", "sequence.py", "allocate"),
    ("  job: decide, seal texts, chain hashes, append", "aggregate.py", "create"),
    ("  answer: view of the job, announcement", "read_your_writes.py", "job"),
    ("relay: envelope, headers, publish", "relay.py", "_publish"),
    ("consumers: read models of jobs", "jobs_query/service.py", "project"),
    ("consumers: statistics", "statistics_updater.py", "count"),
    ("consumers: jobs by owner", "jobs_command/application/event_handlers.py", "handle"),
    ("consumers: analyzer, nothing to do", "fair_consumer.py", "_read_ahead"),
    ("usage: counted from the log", "usage_counter.py", "handle"),
    ("sockets: none open", "subscriptions.py", "_dispatch"),
)


async def _profiled(folder: Path) -> pstats.Stats:
    async with running_product(folder) as http:
        await create_jobs(http, 20)
        profile = cProfile.Profile()
        profile.enable()
        await create_jobs(http, _WRITES)
        await asyncio.sleep(1)  # what follows at most once a second belongs to the cost
        profile.disable()
    return pstats.Stats(profile)


def _cost(stats: pstats.Stats, file: str, function: str) -> float:
    """Return the microseconds per write that a function used, with all that it called."""
    found = cast("dict[tuple[str, int, str], tuple[int, int, float, float, Any]]", vars(stats)["stats"])
    seconds = [cost[3] for (path, _, name), cost in found.items() if path.endswith(file) and name == function]
    return 1e6 * max(seconds, default=0.0) / _WRITES


def main() -> None:
    """Print the steps and their cost."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        stats = asyncio.run(_profiled(Path(folder) / "data"))
    lines = ["| step | µs per write |", "|---|---|"]
    lines += [f"| {step} | {_cost(stats, file, function):,.0f} |" for step, file, function in _STEPS]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
