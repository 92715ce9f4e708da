"""SecurityLog: records entries in the streams `security-<date>`, sealed, in batches once a second."""

import asyncio
from base64 import b64encode
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import uuid4

import orjson
import structlog

from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder
from chassis.commands.write_queues import WriteQueues
from chassis.ports.event_store import StoreUnavailable, revision_of
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Measurement, Worker
from chassis.security_log.day_keys import DAY_KEYS
from chassis.security_log.entry import SecurityEntry, SecurityEventRecorded, entry_to_json, stream_of
from chassis.security_log.repetitions import Repetitions
from chassis.security_log.sealed_box import Sealer

_SOURCE = "/california-gold/security-log"
_FLUSH_SECONDS = 1.0
_FLUSHES_PER_MINUTE = 60
_MAX_PENDING = 10_000
_MAX_BATCH = 200
_log = structlog.get_logger()


@dataclass
class SecurityLog:
    """The entries of this process. Recording costs no round trip: a worker writes them at most a second later.

    While the event store is unavailable, or no key of the day is published, entries wait in memory; beyond
    `_MAX_PENDING` they are lost and counted.
    """

    infrastructure: Infrastructure
    _repetitions: Repetitions = field(init=False, default_factory=Repetitions)
    _pending: deque[SecurityEntry] = field(init=False, default_factory=deque[SecurityEntry])
    _lost: int = field(init=False, default=0)
    _public_keys: dict[date, bytes] = field(init=False, default_factory=dict[date, bytes])
    _writing: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)
    _queues: WriteQueues = field(init=False, default_factory=WriteQueues)

    @property
    def worker(self) -> Worker:
        """The worker that writes the entries."""
        return Worker("security-log", self.run, measure=self.measure, drain=self.drain)

    def record(self, entry: SecurityEntry, *, anonymous: bool = False) -> None:
        """Record an entry, or count it as a repetition. `anonymous`: anybody can cause such entries."""
        if self._repetitions.is_first(entry, anonymous=anonymous):
            self._put([entry])

    async def run(self) -> None:
        """Write the entries until cancelled. Raises `StoreUnavailable`; then they wait."""
        while True:
            for _ in range(_FLUSHES_PER_MINUTE):
                await asyncio.sleep(_FLUSH_SECONDS)
                await self._write_pending()
            self._put(self._repetitions.take(self.infrastructure.clock.now()))

    async def drain(self) -> None:
        """Write all that is there."""
        self._put(self._repetitions.take(self.infrastructure.clock.now()))
        try:
            await self._write_pending()
        except StoreUnavailable as problem:
            _log.error("security_log_incomplete", entries=len(self._pending), reason=str(problem))

    async def measure(self) -> Sequence[Measurement]:
        """Measure the entries that wait, and those that were lost."""
        return [
            Measurement("security_log_pending_entries", len(self._pending)),
            Measurement("security_log_lost_entries", self._lost),
        ]

    def _put(self, entries: Sequence[SecurityEntry]) -> None:
        free = max(0, _MAX_PENDING - len(self._pending))
        self._pending.extend(entries[:free])
        self._lost += len(entries) - len(entries[:free])

    async def _write_pending(self) -> None:
        async with self._writing:
            while self._pending:
                batch = [self._pending[index] for index in range(min(_MAX_BATCH, len(self._pending)))]
                if not await self._append(batch):
                    return
                for _ in batch:
                    self._pending.popleft()

    async def _append(self, batch: Sequence[SecurityEntry]) -> bool:
        """Append a batch to the stream of today; return False while there is no key of today."""
        events, now = self.infrastructure.events, self.infrastructure.clock.now()
        public_key = await self._public_key(now.date())
        if public_key is None:
            return False
        sealer, stream = Sealer(public_key), stream_of(now.date())
        sealed = [
            SecurityEventRecorded(action=entry.action, sealed=b64encode(sealer.seal(entry_to_json(entry))).decode())
            for entry in batch
        ]
        context = CommandContext(uuid4(), "service:security-log", str(uuid4()))

        async def append() -> int:
            previous = await events.last(stream)
            recorded = Recorder(_SOURCE, now).record(sealed, context, stream, previous)
            return await events.append(stream, recorded, revision_of(previous))

        await self._queues.write(stream, append)
        return True

    async def _public_key(self, day: date) -> bytes | None:
        if day not in self._public_keys:
            document = await self.infrastructure.documents.get(DAY_KEYS, day.isoformat())
            if document is None or document.body is None:
                return None
            self._public_keys = {day: bytes.fromhex(orjson.loads(document.body))}
        return self._public_keys[day]
