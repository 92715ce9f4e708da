"""How a service follows its own streams in the event store, where what it needs is not for a topic."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from california_gold_contracts.envelope import Envelope
from chassis.commands.recording import envelope_of
from chassis.coordination.checkpoints import Checkpoints
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.drain import Drain
from chassis.runtime.service import Worker


@dataclass
class CatchUp:
    """Hands the log of some categories to `handle`, page by page; the checkpoint moves after the effect.

    `handle` must be idempotent. When it fails, the same page comes again: nothing is passed over.
    """

    infrastructure: Infrastructure
    name: str
    categories: Sequence[str]
    handle: Callable[[Sequence[Envelope]], Awaitable[None]]
    _drain: Drain = field(init=False, default_factory=Drain)

    @property
    def worker(self) -> Worker:
        """The subscription as work for a process."""
        return Worker(f"catch-up:{self.name}", self.run, drain=self._drain.drain)

    async def run(self) -> None:
        """Follow for ever, from where the checkpoint is. Raises `StoreUnavailable` when a store is lost."""
        checkpoints, name = Checkpoints(self.infrastructure.documents), f"catch-up:{self.name}"
        after = await checkpoints.load_or_start(name)
        async for page in self.infrastructure.events.subscribe_all(after, self.categories):
            async with self._drain.step():
                await self.handle([envelope_of(event) for event in page])
                await checkpoints.advance(name, page[-1].position)
