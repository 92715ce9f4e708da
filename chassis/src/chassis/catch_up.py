"""How a service follows its own streams in the event store, where what it needs is not for a topic."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import orjson
import structlog

from california_gold_contracts.envelope import Envelope
from chassis.document_store import Document
from chassis.event_store import START, StoreUnavailable
from chassis.infrastructure import Infrastructure
from chassis.recording import envelope_of
from chassis.relay import CHECKPOINTS
from chassis.service import Worker

_PAUSE_SECONDS = 1.0
_log = structlog.get_logger()


@dataclass(frozen=True)
class CatchUp:
    """Hands the log of some categories to `handle`, page by page; the checkpoint moves after the effect.

    `handle` must be idempotent. When it fails, the same page comes again: nothing is passed over.
    """

    infrastructure: Infrastructure
    name: str
    categories: Sequence[str]
    handle: Callable[[Sequence[Envelope]], Awaitable[None]]

    @property
    def worker(self) -> Worker:
        """The subscription as work for a process."""
        return Worker(f"catch-up:{self.name}", self.run)

    async def run(self) -> None:
        """Follow for ever; when a store is lost, begin again where the checkpoint is."""
        while True:
            try:
                await self._follow()
            except StoreUnavailable as problem:
                _log.warning("catch_up_interrupted", name=self.name, reason=str(problem))
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _follow(self) -> None:
        documents, name = self.infrastructure.documents, f"catch-up:{self.name}"
        stored = await documents.get(CHECKPOINTS, name)
        after = stored.revision if stored else START
        async for page in self.infrastructure.events.subscribe_all(after, self.categories):
            await self.handle([envelope_of(event) for event in page])
            position = page[-1].position
            await documents.put_newer(CHECKPOINTS, [Document(name, position, orjson.dumps({"position": position}))])
