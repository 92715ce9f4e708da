"""The live statistics as a process of its own: a Faust application that chassis runs, asks and stops."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import structlog

from california_gold_contracts import topics
from california_gold_contracts.envelope import Envelope, MalformedEnvelope, from_message
from chassis.composition.distributed_settings import DistributedSettings
from chassis.messaging.delivery import RetryPolicy
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import ReceivedMessage
from chassis.runtime.service import Service, Worker
from jobs_query.statistics.consumer import GROUP, counted_by
from jobs_query.statistics.faust_app import StatisticsApp, statistics_app
from jobs_query.statistics.ledger import Ledger, Received

_AT_ONCE = 100
"""Also how many jobs the statistics remember, with every write: fewer than the consumer of one process takes."""
_log = structlog.get_logger()


def build(infrastructure: Infrastructure, settings: DistributedSettings) -> Service:
    """Wire the process: no routes but those of every process."""
    return Service(GROUP, workers=[FaustStatistics(infrastructure, settings).worker])


@dataclass
class FaustStatistics:
    """Counts each partition of the topic into a shard of its own, by whichever replica Faust gives it to."""

    infrastructure: Infrastructure
    settings: DistributedSettings
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)
    _ledger: Ledger = field(init=False)
    _app: StatisticsApp | None = field(init=False, default=None)
    _turn: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)
    _waiting_for_store: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._ledger = Ledger(self.infrastructure.documents, self.infrastructure.events, _AT_ONCE)

    @property
    def worker(self) -> Worker:
        """The application as work for a process. Its lag and its health are those of its consumer group."""
        consumer = counted_by(self._ledger, self.infrastructure)
        ask = consumer.stuck

        async def stuck() -> str | None:
            return None if self._waiting_for_store or ask is None else await ask()

        return replace(consumer, name=f"faust:{GROUP}", run=self.run, stuck=stuck, drain=self.drain)

    async def run(self) -> None:
        """Count for ever. Raises `StoreUnavailable` when the bus is away, or whatever made the application crash."""
        await self.infrastructure.bus.lag([topics.JOBS.name], GROUP)  # Faust would say it in words of its own
        app = self._app = statistics_app(self.settings, self._handle, _AT_ONCE)
        try:
            await app.start()
            await app.wait_until_stopped()
        finally:
            await app.stop()
        if app.crash_reason is not None:
            raise app.crash_reason
        await asyncio.Event().wait()

    async def drain(self) -> None:
        """Let the message in progress be handled and committed, and start no other."""
        if self._app is not None:
            await self._app.stop()

    async def _handle(self, messages: Sequence[ReceivedMessage]) -> None:
        # Faust cancels when it crashes, and takes that for handled too: what was begun is finished all the same.
        await asyncio.shield(asyncio.ensure_future(self._in_turn(messages)))

    async def _in_turn(self, messages: Sequence[ReceivedMessage]) -> None:
        async with self._turn:
            await self._count([received for message in messages if (received := self._read(message))])

    def _read(self, message: ReceivedMessage) -> Received | None:
        try:
            envelope = from_message(message.headers, message.value)
        except MalformedEnvelope:
            self._ledger.not_counted["malformed"] += 1
            return None
        return Received(envelope, message.partition, message.offset)

    async def _count(self, batch: Sequence[Received]) -> None:
        try:
            await self._patiently(batch)
        except Exception as problem:  # noqa: BLE001  (whatever it is, it must not hold up what others' jobs do)
            if len(batch) > 1:
                for one in batch:
                    await self._count([one])
            else:
                self._leave_out(batch[0].envelope, problem)

    async def _patiently(self, batch: Sequence[Received]) -> None:
        attempt = 0
        while True:
            try:
                return await self._ledger.count_received(batch)
            except StoreUnavailable as problem:
                attempt += 1
                self._waiting_for_store = True
                if attempt == 1:
                    _log.warning("store_awaited", group=GROUP, reason=str(problem))
                await asyncio.sleep(self.retry_policy.delay(attempt))
            finally:
                self._waiting_for_store = False

    def _leave_out(self, envelope: Envelope, problem: Exception) -> None:
        _log.error("event_not_counted", id=str(envelope.id), type=envelope.type, error=type(problem).__name__)
        self._ledger.not_counted["failed"] += 1
