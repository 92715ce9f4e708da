"""OrphanSweeper: deletes objects that no event refers to."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from chassis.ports.clock import Clock
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.object_store import ObjectStore
from chassis.runtime.service import Worker

_PAGE = 500
_log = structlog.get_logger()


class OrphanRule(Protocol):
    """Distinguishes orphans from objects in use, among the objects under `prefixes`."""

    @property
    def prefixes(self) -> Sequence[str]:
        """The key prefixes to list."""
        ...

    async def orphans(self, pages: AsyncIterator[Sequence[str]]) -> Collection[str]:
        """Return the keys that no event refers to, of pages of at most 500 keys. Raises `StoreUnavailable`."""
        ...


@dataclass(frozen=True)
class OrphanSweeper:
    """Deletes orphaned objects at each `interval`. An object younger than `grace` may still get its event.

    `name` is the worker's; `swept_event` is the name of the log event after each sweep.
    """

    name: str
    swept_event: str
    rule: OrphanRule
    objects: ObjectStore
    clock: Clock
    grace: timedelta
    interval: timedelta

    @property
    def worker(self) -> Worker:
        """The worker that sweeps for ever."""
        return Worker(self.name, self.run)

    async def run(self) -> None:
        """Sweep at each interval; a store that is unavailable interrupts one sweep only."""
        while True:
            await asyncio.sleep(self.interval.total_seconds())
            try:
                _log.info(self.swept_event, removed=await self.sweep())
            except StoreUnavailable as problem:
                _log.warning("sweep_interrupted", reason=str(problem))

    async def sweep(self) -> int:
        """Delete the orphans of now; return how many. Raises `StoreUnavailable`."""
        orphans = await self.rule.orphans(self._old_keys())
        for key in orphans:
            await self.objects.delete(key)
        return len(orphans)

    async def _old_keys(self) -> AsyncIterator[Sequence[str]]:
        newest, page = self.clock.now() - self.grace, list[str]()
        for prefix in self.rule.prefixes:
            async for listed in self.objects.list(prefix):
                if listed.modified <= newest:
                    page.append(listed.key)
                if len(page) == _PAGE:
                    yield page
                    page = []
        if page:
            yield page
