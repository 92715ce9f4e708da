"""Polling for a condition, with a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(condition: Callable[[], Awaitable[T]], *, within: float = 10.0, pause: float = 0.01) -> T:
    """Poll until the result is true and return it. Fails with the last result after `within` seconds."""
    deadline = time.monotonic() + within
    while not (result := await condition()):
        _fail_after(deadline, within, result)
        await asyncio.sleep(pause)
    return result


def eventually_blocking(condition: Callable[[], T], *, within: float = 10.0, pause: float = 0.05) -> T:
    """Do the same as `eventually` with a condition that blocks, for what runs in no event loop."""
    deadline = time.monotonic() + within
    while not (result := condition()):
        _fail_after(deadline, within, result)
        time.sleep(pause)
    return result


def _fail_after(deadline: float, within: float, result: object) -> None:
    if time.monotonic() > deadline:
        raise AssertionError(f"not within {within} s: last result {result!r}")
