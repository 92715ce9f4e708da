"""Work that goes on while a test looks at it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager


@asynccontextmanager
async def running(*work: Awaitable[None]) -> AsyncGenerator[None]:
    """Do all of it in the background; at the end of the context it is cancelled and waited for."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
