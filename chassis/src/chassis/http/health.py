"""Whether the stores can be reached and written to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field

import structlog

from chassis.ports.document_store import Collection, Document
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure

_PROBES = Collection("health-probes")
_PATIENCE = 3.0
_FRESH = 2.0
_log = structlog.get_logger()


@dataclass
class Health:
    """Probes of the event log, the documents and the objects. Writing is tried too: a full disk still reads.

    An answer is good for two seconds, so that probing costs nothing however often it is asked.
    """

    infrastructure: Infrastructure
    _problems: list[str] = field(init=False, default_factory=list[str])
    _asked: float | None = field(init=False, default=None)
    _asking: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)

    async def problems(self) -> list[str]:
        """Return a sentence, for the user, for each store that doesn't work."""
        async with self._asking:
            now = asyncio.get_running_loop().time()
            if self._asked is None or now > self._asked + _FRESH:
                self._problems = await self._ask()
                self._asked = now
            return self._problems

    async def _ask(self) -> list[str]:
        answers = await asyncio.gather(
            _problem("Журнал событий недоступен", self.infrastructure.events.last("health-probe")),
            _problem("База данных недоступна для записи", self._write_document()),
            _problem("Хранилище файлов недоступно", self._write_object()),
        )
        return [answer for answer in answers if answer]

    async def _write_document(self) -> None:
        revision = int(self.infrastructure.clock.now().timestamp() * 1000)
        probe = Document(self.infrastructure.instance, revision, b"{}")
        await self.infrastructure.documents.put_newer(_PROBES, [probe])

    async def _write_object(self) -> None:
        key = f"files/.health/{self.infrastructure.instance}"
        await self.infrastructure.objects.put(key, _one_byte(), "application/octet-stream")


@dataclass
class StoresReached:
    """Whether each store has answered since the process started: before that, it can do nothing of use.

    Later outages are not asked about here: a store that is away for all is no reason to send no traffic to one process.
    """

    health: Health
    _reached: bool = field(init=False, default=False)

    async def problem(self) -> str | None:
        """Say which stores have not answered yet, for readiness."""
        if self._reached:
            return None
        problems = await self.health.problems()
        self._reached = not problems
        return "; ".join(problems) or None


async def _one_byte() -> AsyncIterator[bytes]:
    yield b"."


async def _problem(sentence: str, probe: Awaitable[object]) -> str | None:
    try:
        await asyncio.wait_for(probe, _PATIENCE)
    except (StoreUnavailable, TimeoutError):
        _log.warning("probe_failed", exc_info=True)
        return sentence
    return None
