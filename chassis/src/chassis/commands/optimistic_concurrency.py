"""Optimistic concurrency: retry a write that lost against a concurrent one."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from chassis.ports.event_store import StoreUnavailable, WrongExpectedRevision

T = TypeVar("T")


async def retry_on_conflict(
    write: Callable[[], Awaitable[T]],
    subject: str,
    *,
    conflict: type[Exception] = WrongExpectedRevision,
    max_attempts: int = 10,
) -> T:
    """Return what `write` returns; while it raises `conflict`, call it again. It must read the current state each time.

    Raises `StoreUnavailable`, which names the subject of the write, after `max_attempts` conflicts.
    """
    for _ in range(max_attempts):
        with suppress(conflict):
            return await write()
    raise StoreUnavailable(f"{subject}: {max_attempts} attempts to write lost against concurrent writes")
