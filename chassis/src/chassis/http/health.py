"""Health checks of the stores: whether they can be read and written."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field

import structlog

from chassis.commands.message import Message
from chassis.http import messages
from chassis.ports.document_store import Collection, Document
from chassis.ports.event_store import END, StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.coalescing import RequestCoalescing

_PROBES = Collection("health-probes")
_TIMEOUT = 8.0
"""A store that is gone refuses at once; a slow answer, as while every process starts at once, is no outage."""
_MAX_AGE = 2.0
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


@dataclass
class Health:
    """The results of the probes, cached for two seconds, so that frequent health checks cost nothing."""

    infrastructure: Infrastructure
    _problems: list[Message] = field(init=False, default_factory=list[Message])
    _probed_at: float | None = field(init=False, default=None)
    _rounds: RequestCoalescing[None] = field(init=False, default_factory=RequestCoalescing[None])

    async def problems(self) -> list[Message]:
        """Return a message for each store that does not work. Concurrent callers share one round of probes."""
        if self._probed_at is None or asyncio.get_running_loop().time() > self._probed_at + _MAX_AGE:
            await self._rounds.request("stores", self._probe)
        return self._problems

    async def _probe(self) -> None:
        started, probes = asyncio.get_running_loop().time(), StoreProbes(self.infrastructure)
        problems = await asyncio.gather(
            _problem(messages.EVENT_STORE_UNAVAILABLE, probes.read_events()),
            _problem(messages.DOCUMENT_STORE_UNAVAILABLE, probes.write_document()),
            _problem(messages.OBJECT_STORE_UNAVAILABLE, probes.write_object()),
        )
        self._problems, self._probed_at = [problem for problem in problems if problem], started


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


async def _problem(message: Message, probe: Awaitable[object]) -> Message | None:
    try:
        await asyncio.wait_for(probe, _TIMEOUT)
    except (StoreUnavailable, TimeoutError):
        _log.warning("probe_failed", exc_info=True)
        return message
    return None
