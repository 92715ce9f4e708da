"""Background tasks of a test."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager


@asynccontextmanager
async def running(*work: Awaitable[None]) -> AsyncGenerator[None]:
    """Run tasks in the background during the block; at its end, cancel them and wait for them."""
    tasks = [asyncio.ensure_future(task) for task in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
