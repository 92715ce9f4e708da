"""Waiting for a fact, with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
_PAUSE_SECONDS = 0.01


async def eventually(ask: Callable[[], Awaitable[T]], *, within: float = 10.0) -> T:
    """Ask again and again until the answer is true; return it. Fails with the last answer after `within` seconds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while not (answer := await ask()):
        if loop.time() > deadline:
            raise AssertionError(f"not within {within} s: last answer {answer!r}")
        await asyncio.sleep(_PAUSE_SECONDS)
    return answer
