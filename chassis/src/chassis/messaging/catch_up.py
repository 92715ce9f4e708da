"""Catch-up subscription: a service reads its own events from the event store where no topic publishes them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from california_gold_contracts.envelope import Envelope
from chassis.commands.recording import envelope_of
from chassis.coordination.checkpoints import Checkpoints
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.drain import Drain
from chassis.runtime.service import Worker

_LARGE_PAGE = 100
"""After a page of so many events nothing is gained by waiting for more: a long log is read without pauses."""


@dataclass
class CatchUp:
    """Passes the log of some categories to `handle`, page by page; the checkpoint advances after each page.

    Delivery is at least once: after a failure the same page is read again, so `handle` must be idempotent.
    `min_interval`: minimum time from the start of a small page to the next. Raise it where latency does not matter.
    """

    infrastructure: Infrastructure
    name: str
    categories: Sequence[str]
    handle: Callable[[Sequence[Envelope]], Awaitable[None]]
    min_interval: timedelta = timedelta(0)
    _drain: Drain = field(init=False, default_factory=Drain)

    @property
    def worker(self) -> Worker:
        """The worker that runs this subscription."""
        return Worker(f"catch-up:{self.name}", self.run, drain=self._drain.drain)

    async def run(self) -> None:
        """Read endlessly from the checkpoint. Raises `StoreUnavailable` on an outage."""
        checkpoints, name = Checkpoints(self.infrastructure.documents), f"catch-up:{self.name}"
        after = await checkpoints.load_or_start(name)
        async for page in self.infrastructure.events.subscribe_all(after, self.categories):
            next_at = asyncio.get_running_loop().time() + self.min_interval.total_seconds()
            async with self._drain.step():
                await self.handle([envelope_of(event) for event in page])
                await checkpoints.advance(name, page[-1].position)
            if len(page) < _LARGE_PAGE:
                await asyncio.sleep(max(0.0, next_at - asyncio.get_running_loop().time()))
