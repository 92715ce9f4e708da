"""Run work under a lease, and fail fast when a live process holds it. For commands of operators."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import orjson

from chassis.coordination.lease import LEASES, Lease

T = TypeVar("T")
_POLL_SECONDS = 0.25


class LeaseTaken(Exception):
    """A live process holds the lease."""


async def run_under_lease(lease: Lease, work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` under a lease. Raises `LeaseTaken`, or `LeaseLost` when the lease is lost meanwhile.

    Waits for the expiry of a lease that is not renewed (its holder crashed), not for one that is renewed.
    """
    results: list[T] = []

    async def run(_: int) -> None:
        results.append(await work())

    running = asyncio.ensure_future(lease.run(run))
    watching = asyncio.ensure_future(_renewed_by_another(lease))
    try:
        await asyncio.wait({running, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done() and watching.result():
            raise LeaseTaken(lease.name)
        await running
        return results[0]
    finally:
        running.cancel()
        watching.cancel()
        await asyncio.gather(running, watching, return_exceptions=True)


async def _renewed_by_another(lease: Lease) -> bool:
    """Poll until the lease changes; return whether another holder renewed it. Each renewal is a new revision."""
    first = await lease.documents.get(LEASES, lease.name)
    while True:
        await asyncio.sleep(_POLL_SECONDS)
        now = await lease.documents.get(LEASES, lease.name)
        holder = orjson.loads(now.body or b"{}").get("holder") if now else None
        if holder == lease.holder:
            return False
        if holder and now and (first is None or now.revision != first.revision):
            return True
