"""How a service follows its own streams in the event store, where what it needs is not for a topic."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import orjson

from california_gold_contracts.envelope import Envelope
from chassis.document_store import Document
from chassis.event_store import START
from chassis.infrastructure import Infrastructure
from chassis.recording import envelope_of
from chassis.relay import CHECKPOINTS
from chassis.service import Worker


@dataclass
class CatchUp:
    """Hands the log of some categories to `handle`, page by page; the checkpoint moves after the effect.

    `handle` must be idempotent. When it fails, the same page comes again: nothing is passed over.
    """

    infrastructure: Infrastructure
    name: str
    categories: Sequence[str]
    handle: Callable[[Sequence[Envelope]], Awaitable[None]]
    _turn: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)

    @property
    def worker(self) -> Worker:
        """The subscription as work for a process."""
        return Worker(f"catch-up:{self.name}", self.run, rest=self.rest)

    async def run(self) -> None:
        """Follow for ever, from where the checkpoint is. Raises `StoreUnavailable` when a store is lost."""
        documents, name = self.infrastructure.documents, f"catch-up:{self.name}"
        stored = await documents.get(CHECKPOINTS, name)
        after = stored.revision if stored else START
        async for page in self.infrastructure.events.subscribe_all(after, self.categories):
            async with self._turn:
                await self.handle([envelope_of(event) for event in page])
                position = page[-1].position
                await documents.put_newer(CHECKPOINTS, [Document(name, position, orjson.dumps({"position": position}))])

    async def rest(self) -> None:
        """Let the page that is being handled be finished, and begin no other."""
        await self._turn.acquire()
