"""Drain: finish the work in progress, start no more."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Drain:
    """Runs steps of work one at a time until it is drained. A step requested later never starts.

    The supervisor drains a worker before it cancels it, so that the event in progress is handled completely.
    """

    _lock: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)

    @asynccontextmanager
    async def step(self) -> AsyncGenerator[None]:
        """Run one step of work: it is never interrupted by `drain`."""
        async with self._lock:
            yield

    async def drain(self) -> None:
        """Return once the step in progress has ended; no step starts after that."""
        await self._lock.acquire()
