"""Polling for a condition, with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
_POLL_SECONDS = 0.01


async def eventually(condition: Callable[[], Awaitable[T]], *, within: float = 10.0) -> T:
    """Poll until the result is true and return it. Fails with the last result after `within` seconds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while not (result := await condition()):
        if loop.time() > deadline:
            raise AssertionError(f"not within {within} s: last result {result!r}")
        await asyncio.sleep(_POLL_SECONDS)
    return result
