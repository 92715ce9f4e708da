"""`python -m tests.faults.drills` (`make drill`): a rolling update and outages of each store, under load, as a table.

By default it starts the distributed product on this machine. With `--url` and `--run` it puts its load on a product
that runs elsewhere, while a command of yours replaces services, or (`--only stores`) stops and starts a store:

    python -m tests.faults.drills --url https://api.example --run 'kubectl rollout restart deployment/storage'
    python -m tests.faults.drills --url http://localhost:8000 --only stores --run 'docker compose restart kafka'
"""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.drills import rolling_update, store_outages
from tests.faults.drills.rolling_update import replace_every_service
from tests.faults.drills.store_outages import outage, stop_and_start
from tests.faults.drills.uploads import Counts, Load
from tests.servers.deployment import Deployment
from tests.servers.infrastructure_servers import SERVER_TYPES, InfrastructureServers

_AWAY_SECONDS = 10.0
_READ_PAUSE_ELSEWHERE = 1.0  # below the rate limits


def main() -> int:
    """Run the drills; return 1 when something was cut, failed or lost."""
    arguments = _arguments()
    if arguments.url:
        return asyncio.run(_elsewhere(arguments))
    missing = [reason for server in SERVER_TYPES if (reason := server.missing())]
    if missing:
        sys.stderr.writelines(f"drills: {reason}\n" for reason in missing)
        return 1
    with TemporaryDirectory() as folder:
        return _here(Path(folder), arguments)


def _here(folder: Path, arguments: Namespace) -> int:
    servers = InfrastructureServers.in_folder(folder / "servers")
    settings = {
        "CALIFORNIA_GOLD_RATE_LIMITS": "off",
        "CALIFORNIA_GOLD_DRAIN_SECONDS": str(2 * arguments.seconds),
    }
    try:
        servers.start()
        servers.apply_topics()
        with Deployment(folder / "processes", servers, settings, replaceable=True) as deployment:
            return asyncio.run(_drills(deployment, arguments))
    finally:
        servers.stop()


async def _drills(deployment: Deployment, arguments: Namespace) -> int:
    failed = 0
    if arguments.only != "stores":
        load = Load(deployment.url, arguments.clients, arguments.seconds)
        _print_heading(rolling_update.HEADINGS)
        replaced = await replace_every_service(deployment, load, lambda replacement: _print_row(replacement.row))
        failed += _print_load(load) + sum(bool(replacement.exit_code) for replacement in replaced)
    if arguments.only != "update":
        _print_heading(store_outages.HEADINGS)
        for store in deployment.servers.all:
            interrupt = partial(stop_and_start, store, _AWAY_SECONDS)
            failed += await _outage(store.name, deployment.url, arguments, interrupt)
    return 1 if failed else 0


async def _elsewhere(arguments: Namespace) -> int:
    codes: list[int] = []

    async def work() -> None:
        process = await asyncio.create_subprocess_shell(arguments.run)
        codes.append(await process.wait())

    if arguments.only == "stores":
        _print_heading(store_outages.HEADINGS)
        failed = await _outage(arguments.run, arguments.url, arguments, work)
    else:
        load = Load(arguments.url, arguments.clients, arguments.seconds, _READ_PAUSE_ELSEWHERE)
        await load.during(work)
        failed = _print_load(load)
    return 1 if failed or codes != [0] else 0


async def _outage(store: str, url: str, arguments: Namespace, interrupt: Callable[[], Awaitable[None]]) -> int:
    """Run an outage and print its row; return how many accepted jobs are lost."""
    seen = await outage(store, url, arguments.clients, interrupt)
    _print_row(seen.row)
    return seen.lost


def _print_load(load: Load) -> int:
    """Print what became of the requests; return how many failed."""
    _print_heading((f"{load.clients} clients", "succeeded", "cut or failed"))
    for name, counts in (("uploads", load.uploads), ("reads", load.reads)):
        _print_row((f"{name} of {load.seconds:.0f} s" if name == "uploads" else name, *_numbers(counts)))
        for failure in counts.failures:
            sys.stderr.write(f"drills: {failure}\n")
    return len(load.uploads.failures) + len(load.reads.failures)


def _numbers(counts: Counts) -> tuple[str, str]:
    return str(counts.succeeded), str(len(counts.failures))


def _print_heading(cells: Sequence[str]) -> None:
    sys.stdout.write("\n")
    _print_row(cells)
    _print_row(["---"] * len(cells))


def _print_row(cells: Sequence[str]) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


def _arguments() -> Namespace:
    parser = ArgumentParser("python -m tests.faults.drills", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--clients", type=int, default=4, help="users at the same time (default: 4)")
    parser.add_argument("--seconds", type=int, default=60, help="length of one upload (default: 60)")
    parser.add_argument("--only", choices=("update", "stores"), help="run one drill only (default: both)")
    parser.add_argument("--url", help="the address of a product that runs elsewhere; needs --run")
    parser.add_argument("--run", help="the command that replaces processes there")
    arguments = parser.parse_args()
    if bool(arguments.url) != bool(arguments.run):
        parser.error("--url and --run belong together")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
