"""Work that only one process at a time may do, for a command that will not wait for another one to end."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import orjson

from chassis.coordination.lease import LEASES, Lease

T = TypeVar("T")
_LOOK_SECONDS = 0.25


class LeaseTaken(Exception):
    """Another process holds the lease, and lives."""


async def run_under_lease(lease: Lease, work: Callable[[], Awaitable[T]]) -> T:
    """Work under a lease. Raises `LeaseTaken`, and `LeaseLost` when it is lost on the way.

    A lease that nobody renews is what a process that died has left: it is waited for. One that is renewed is not.
    """
    results: list[T] = []

    async def held(_: int) -> None:
        results.append(await work())

    running = asyncio.ensure_future(lease.run(held))
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
    """Look until the lease changes; say whether another one has renewed it. Every renewal is a revision."""
    first = await lease.documents.get(LEASES, lease.name)
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        now = await lease.documents.get(LEASES, lease.name)
        holder = orjson.loads(now.body or b"{}").get("holder") if now else None
        if holder == lease.holder:
            return False
        if holder and now and (first is None or now.revision != first.revision):
            return True
