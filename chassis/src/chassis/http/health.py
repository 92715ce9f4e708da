"""Health checks of the stores: whether they can be read and written."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from california_gold_contracts.topics import USERS
from chassis.commands.message import Message
from chassis.http import messages
from chassis.ports.document_store import Collection, Document
from chassis.ports.event_store import END, StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.coalescing import RequestCoalescing
from chassis.runtime.service import Measurement

_PROBES = Collection("health-probes")
_GROUP = "health-probe"
_TIMEOUT = 8.0
"""A store that is gone refuses at once; a slow answer, as while every process starts at once, is no outage."""
_MAX_AGE = 2.0
_SCRAPE_SECONDS = 4.0
"""A store that has not answered after so long counts as down in /metrics, which must be answered itself."""
_STORES = {
    "events": messages.EVENT_STORE_UNAVAILABLE,
    "documents": messages.DOCUMENT_STORE_UNAVAILABLE,
    "objects": messages.OBJECT_STORE_UNAVAILABLE,
}
_log = structlog.get_logger()


@dataclass(frozen=True)
class StoreProbes:
    """One probe for each store. Writes are probed too: a full disk can still be read."""

    infrastructure: Infrastructure

    async def read_events(self) -> None:
        """Read a stream and the log: a user of EventStoreDB may have the right to only one of them."""
        await self.infrastructure.events.last("health-probe")
        async for _ in self.infrastructure.events.read_all(END):
            pass

    async def write_document(self) -> None:
        """Write to the document store."""
        revision = int(self.infrastructure.clock.now().timestamp() * 1000)
        probe = Document(self.infrastructure.instance, revision, b"{}")
        await self.infrastructure.documents.put_newer(_PROBES, [probe])

    async def write_object(self) -> None:
        """Write to the object store."""
        key = f"files/.health/{self.infrastructure.instance}"
        await self.infrastructure.objects.put(key, _one_byte(), "application/octet-stream")

    async def read_topics(self) -> None:
        """Read the offsets of a topic."""
        await self.infrastructure.bus.lag([USERS.name], _GROUP)


@dataclass
class Health:
    """The results of the probes, cached for two seconds, so that frequent health checks cost nothing."""

    infrastructure: Infrastructure
    _problems: list[Message] = field(init=False, default_factory=list[Message])
    _seconds: dict[str, float] = field(init=False, default_factory=dict[str, float])
    _probed_at: float | None = field(init=False, default=None)
    _rounds: RequestCoalescing[None] = field(init=False, default_factory=RequestCoalescing[None])

    async def problems(self) -> list[Message]:
        """Return a message for each store that does not work. Concurrent callers share one round of probes."""
        if self._probed_at is None or asyncio.get_running_loop().time() > self._probed_at + _MAX_AGE:
            await self._rounds.request("stores", self._probe)
        return self._problems

    async def measure(self) -> Sequence[Measurement]:
        """Measure which stores and topics can be used, and how long those that can took to answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_SCRAPE_SECONDS):
                await asyncio.gather(self.problems(), self._answered("topics", self._probes.read_topics()))
        answered = dict(self._seconds)
        return [
            *(Measurement("store_up", store in answered, {"store": store}) for store in (*_STORES, "topics")),
            *(Measurement("store_probe_seconds", seconds, {"store": store}) for store, seconds in answered.items()),
        ]

    async def _probe(self) -> None:
        started = asyncio.get_running_loop().time()
        answered = await asyncio.gather(
            self._answered("events", self._probes.read_events()),
            self._answered("documents", self._probes.write_document()),
            self._answered("objects", self._probes.write_object()),
        )
        problems = zip(_STORES.values(), answered, strict=True)
        self._problems, self._probed_at = [message for message, is_well in problems if not is_well], started

    async def _answered(self, store: str, probe: Awaitable[object]) -> bool:
        """Await a probe; return whether it succeeded, and remember in how many seconds."""
        self._seconds.pop(store, None)
        started = asyncio.get_running_loop().time()
        try:
            await asyncio.wait_for(probe, _TIMEOUT)
        except (StoreUnavailable, TimeoutError):
            _log.warning("probe_failed", exc_info=True)
            return False
        self._seconds[store] = asyncio.get_running_loop().time() - started
        return True

    @property
    def _probes(self) -> StoreProbes:
        return StoreProbes(self.infrastructure)


@dataclass
class StoresReached:
    """Readiness check: every store has been reachable at least once since the process started.

    Later outages do not count: they affect every process alike, so routing traffic elsewhere would not help.
    """

    health: Health
    _reached: bool = field(init=False, default=False)

    async def problem(self) -> str | None:
        """Return the stores that have not been reachable yet, or None."""
        if self._reached:
            return None
        problems = await self.health.problems()
        self._reached = not problems
        return "; ".join(problem.ru for problem in problems) or None


async def _one_byte() -> AsyncIterator[bytes]:
    yield b"."
