"""A follower of the log, which records the events that a subscription brings."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, cast

from chassis.ports.event_store import EventStore, StoredEvent
from testkit.eventually import eventually


class LogFollower:
    """Subscribes to some categories and records the events."""

    def __init__(self, store: EventStore, categories: Sequence[str] = ("job",)) -> None:
        self.events: list[StoredEvent] = []
        self._pages = store.subscribe_all(categories=categories)
        self.task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        async with aclosing(cast("Any", self._pages)):
            async for page in self._pages:
                self.events += page

    async def until(self, count: int) -> None:
        """Wait for `count` events; raise the error of the subscription, if it fails."""

        async def has_received() -> bool:
            if self.task.done():
                await self.task
            return len(self.events) >= count

        await eventually(has_received, within=30)


@asynccontextmanager
async def following(store: EventStore) -> AsyncGenerator[LogFollower]:
    """Follow the log during the block."""
    follower = LogFollower(store)
    try:
        yield follower
    finally:
        follower.task.cancel()
        await asyncio.wait([follower.task])
