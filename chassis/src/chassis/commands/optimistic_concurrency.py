"""Optimistic concurrency: retry a write that lost against a concurrent one, after a random pause."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from chassis.ports.event_store import StoreUnavailable, WrongExpectedRevision

MAX_SECONDS = 10.0
"""How long a write may wait for concurrent ones before it is given up."""

_FIRST_PAUSE_SECONDS = 0.01
_MAX_PAUSE_SECONDS = 0.25

T = TypeVar("T")


async def retry_on_conflict(
    write: Callable[[], Awaitable[T]],
    subject: str,
    *,
    conflict: type[Exception] = WrongExpectedRevision,
    seconds: float = MAX_SECONDS,
) -> T:
    """Return what `write` returns; while it raises `conflict`, call it again. It must read the current state each time.

    The pauses have full jitter (Brooker, "Exponential Backoff and Jitter", 2015), so that writers which met once don't
    meet again. No attempt begins later than `seconds` after the call, but there is always a first one. Raises
    `StoreUnavailable`, which names the subject of the write, when the time is up.
    """
    clock = asyncio.get_running_loop().time
    deadline, longest_pause = clock() + seconds, _FIRST_PAUSE_SECONDS
    while True:
        with suppress(conflict):
            return await write()
        pause = random.uniform(0, longest_pause)  # noqa: S311  (no secret)
        if clock() + pause > deadline:
            raise StoreUnavailable(f"{subject}: writes of other processes won for {seconds:.1f} s")
        await asyncio.sleep(pause)
        longest_pause = min(2 * longest_pause, _MAX_PAUSE_SECONDS)
