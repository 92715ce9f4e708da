"""`make bench-distributed`: the distributed deployment against the bare clients of its servers, in one table."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from benchmarks.distributed import latency, objects, projection, reading, rebuilding, recovery, relay
from benchmarks.table import Row, print_table
from tests.servers.infrastructure_servers import SERVER_TYPES, InfrastructureServers

Measure = Callable[[InfrastructureServers, Path], Awaitable[list[Row]]]
BENCHMARKS: Mapping[str, Measure] = {
    "reading": reading.rows,
    "relay": relay.rows,
    "projection": projection.rows,
    "rebuilding": rebuilding.rows,
    "objects": objects.rows,
    "latency": latency.rows,
    "recovery": recovery.rows,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, by default all, each on new servers. Return the exit code."""
    missing = [reason for kind in SERVER_TYPES if (reason := kind.missing())]
    unknown = [f"unknown benchmark: {name}" for name in names if name not in BENCHMARKS]
    if missing or unknown:
        sys.stderr.writelines(f"bench-distributed: {reason}\n" for reason in missing + unknown)
        return 2
    rows: list[Row] = []
    for name in names or BENCHMARKS:
        sys.stderr.write(f"{name} …\n")
        with TemporaryDirectory() as folder:
            rows += uvloop.run(_measured(BENCHMARKS[name], Path(folder)))
    print_table(rows)
    return 0


async def _measured(measure: Measure, folder: Path) -> list[Row]:
    servers = InfrastructureServers.in_folder(folder / "servers")
    try:
        await asyncio.to_thread(servers.start)
        await asyncio.to_thread(servers.apply_topics)
        return await measure(servers, folder)
    finally:
        await asyncio.to_thread(servers.stop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
