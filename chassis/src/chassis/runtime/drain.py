"""Drain: finish the work in progress, start no more."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Drain:
    """Runs steps of work, `parallel` of them at a time, until it is drained. A step requested later never starts.

    The supervisor drains a worker before it cancels it, so that the event in progress is handled completely.
    """

    parallel: int = 1
    _permits: asyncio.Semaphore = field(init=False)
    _is_draining: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._permits = asyncio.Semaphore(self.parallel)

    @asynccontextmanager
    async def step(self) -> AsyncGenerator[None]:
        """Run one step of work: it is never interrupted by `drain`."""
        # A drain that has just begun must come before the next step of a worker that never waits in between.
        await asyncio.sleep(0)
        if self._is_draining:
            await asyncio.Event().wait()
        async with self._permits:
            yield

    async def drain(self) -> None:
        """Return once the steps in progress have ended; no step starts after that."""
        self._is_draining = True
        # All at once: a step that asks between two of them would come before the second.
        await asyncio.gather(*(self._permits.acquire() for _ in range(self.parallel)))
