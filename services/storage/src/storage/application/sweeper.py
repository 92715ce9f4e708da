"""Removes the bytes of uploads that died before their fact was recorded."""

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta

import structlog

from california_gold_contracts.catalog import FILES
from california_gold_contracts.files import FileStored
from chassis.ports.clock import Clock
from chassis.ports.document_store import DocumentStore
from chassis.ports.event_store import START, EventStore, StoreUnavailable
from chassis.ports.object_store import ObjectStore
from chassis.runtime.service import Worker
from storage.application.files import BUCKET
from storage.application.reactions import KNOWN_OBJECTS

_OURS = re.compile(rf"{BUCKET}/\d+/[0-9a-f-]{{36}}")
_PAGE = 500
_log = structlog.get_logger()


@dataclass(frozen=True)
class Sweeper:
    """Looks at every object of files each `pause`. One younger than `grace` may still be waiting for its fact."""

    objects: ObjectStore
    documents: DocumentStore
    events: EventStore
    clock: Clock
    grace: timedelta
    pause: timedelta

    @property
    def worker(self) -> Worker:
        """The sweeping as work for a process."""
        return Worker("orphaned-file-objects", self.run)

    async def run(self) -> None:
        """Sweep again and again."""
        while True:
            await asyncio.sleep(self.pause.total_seconds())
            try:
                _log.info("orphaned_files_swept", removed=await self.sweep())
            except StoreUnavailable as problem:
                _log.warning("sweep_interrupted", reason=str(problem))

    async def sweep(self) -> int:
        """Remove what is orphaned now; return how many objects that were."""
        suspects = await self._suspects()
        if suspects:
            suspects -= await self._named_by_facts(suspects)
        for key in suspects:
            await self.objects.delete(key)
        return len(suspects)

    async def _suspects(self) -> set[str]:
        suspects: set[str] = set()
        page: list[str] = []
        oldest = self.clock.now() - self.grace
        async for stored in self.objects.list(f"{BUCKET}/"):
            if stored.modified <= oldest and _OURS.fullmatch(stored.key):
                page.append(stored.key)
            if len(page) == _PAGE:
                suspects |= await self._unknown(page)
                page.clear()
        return suspects | await self._unknown(page)

    async def _unknown(self, keys: list[str]) -> set[str]:
        return set(keys) - set(await self.documents.get_many(KNOWN_OBJECTS, keys))

    async def _named_by_facts(self, keys: set[str]) -> set[str]:
        # The log has the last word: what is known from it may be late, or lost.
        named: set[str] = set()
        async for page in self.events.read_all(START, ["file"]):
            events = [FILES.decode(event.type, event.data) for event in page]
            named |= {event.object_key for event in events if isinstance(event, FileStored)} & keys
        return named
