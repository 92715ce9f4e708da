"""What one `POST /jobs` sets in motion in the one-process form: transactions, threads' hand-overs and wake-ups."""

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from benchmarks.table import Row
from california_gold.application import application
from california_gold.settings import AllSettings
from chassis.adapters.sqlite.database import Database
from chassis.adapters.sqlite.writer import Writer
from chassis.composition.embedded import embedded
from chassis.composition.telemetry import EMBEDDED, observed
from chassis.http.app import supervisor_of
from chassis.messaging.delivery import Delivery
from testkit.signing import Signing

_WRITES = 200
_LIMITS = {"write transactions": 5.0, "reads on threads": 1.0, "batches handled by groups": 3.0}
"""Per write of one client alone: number, job, message and read models take a transaction each."""

_COUNTED: tuple[tuple[type, str, str], ...] = (
    (Writer, "_commit", "write transactions"),
    (Database, "read", "reads on threads"),
    (Delivery, "deliver", "batches handled by groups"),
)


async def counted_writes(folder: Path) -> list[Row]:
    """Create jobs one after the other in this process, and count what each sets in motion."""
    async with running_product(folder) as http:
        await create_jobs(http, 20)
        with _counting() as counts:
            await create_jobs(http, _WRITES)
    return [_row(what, counts[what] / _WRITES, limit) for what, limit in _LIMITS.items()]


@asynccontextmanager
async def running_product(folder: Path) -> AsyncGenerator[httpx.AsyncClient]:
    """Run the whole product in this process, without a server; yield a client of one user. `OTEL_*` variables count."""
    async with embedded(folder) as stores, observed(stores, "benchmark", EMBEDDED) as infrastructure:
        signing = Signing()
        await signing.publish(infrastructure)
        app = application(infrastructure, AllSettings(rate_limits="off", access_log="off"))
        headers = {"Authorization": f"Bearer {signing.token(1)}"}
        transport = httpx.ASGITransport(app=app)
        async with (
            supervisor_of(app).running(),
            httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers) as http,
        ):
            yield http


async def create_jobs(http: httpx.AsyncClient, number: int) -> None:
    """Create jobs without a file, one after the other."""
    for _ in range(number):
        (await http.post("/jobs", data={"title": "CT"})).raise_for_status()


@contextmanager
def _counting() -> Generator[Counter[str]]:
    counts = Counter[str]()

    def counted(original: Callable[..., Any], what: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            counts[what] += 1
            return original(*args, **kwargs)

        return call

    patches = [patch.object(owner, name, counted(getattr(owner, name), what)) for owner, name, what in _COUNTED]
    for one in patches:
        one.start()
    try:
        yield counts
    finally:
        for one in patches:
            one.stop()


def _row(what: str, found: float, limit: float) -> Row:
    return Row(f"{what} per POST of a job, one client", f"{found:.1f}", f"{limit:g}", limit / found)
