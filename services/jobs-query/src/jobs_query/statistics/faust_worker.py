"""The live statistics as a process of its own: a Faust application that chassis runs, monitors and stops."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat

import structlog

from california_gold_contracts import topics
from california_gold_contracts.envelope import Envelope, MalformedEnvelope
from chassis.composition.distributed_settings import DistributedSettings
from chassis.messaging.delivery import RetryPolicy
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import ReceivedMessage
from chassis.runtime.service import Service, Worker
from chassis.tracing.batches import processing
from jobs_query.statistics.consumer import GROUP, consumer_of
from jobs_query.statistics.faust_app import StatisticsApp, statistics_app
from jobs_query.statistics.statistics_updater import ShardedEvent, StatisticsUpdater

_MAX_BATCH = 100
"""Also how many counted revisions are stored with every write: fewer than in the one-process consumer."""
_log = structlog.get_logger()


def build(infrastructure: Infrastructure, settings: DistributedSettings) -> Service:
    """Wire the process: no routes but those of every process."""
    return Service(GROUP, workers=[FaustStatistics(infrastructure, settings).worker])


@dataclass
class FaustStatistics:
    """Counts each partition of the topic in a shard of its own, in the replica that Faust assigns it to."""

    infrastructure: Infrastructure
    settings: DistributedSettings
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)
    _updater: StatisticsUpdater = field(init=False)
    _app: StatisticsApp | None = field(init=False, default=None)
    _lock: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)
    _waiting_for_store: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._updater = StatisticsUpdater(self.infrastructure.documents, self.infrastructure.events, _MAX_BATCH)

    @property
    def worker(self) -> Worker:
        """The application as a worker. Its lag and its health are those of its consumer group."""
        consumer = consumer_of(self._updater, self.infrastructure)
        consumer_stuck = consumer.stuck

        async def stuck() -> str | None:
            if self._waiting_for_store or consumer_stuck is None:
                return None
            return await consumer_stuck()

        return replace(consumer, name=f"faust:{GROUP}", run=self.run, stuck=stuck, drain=self.drain)

    async def run(self) -> None:
        """Count until cancelled. Raises `StoreUnavailable`, or the error that made the application crash."""
        await self.infrastructure.bus.lag([topics.JOBS.name], GROUP)  # Faust would raise an error of its own
        app = self._app = statistics_app(self.settings, self._handle, _MAX_BATCH)
        try:
            await app.start()
            await app.wait_until_stopped()
        finally:
            await app.stop()
        if app.crash_reason is not None:
            raise app.crash_reason
        await asyncio.Event().wait()

    async def drain(self) -> None:
        """Return once the batch in progress is handled and committed, or given up (ADR 14); no other starts."""
        if self._app is not None:
            await self._app.stop()

    async def _handle(self, messages: Sequence[ReceivedMessage]) -> None:
        # When Faust crashes, it cancels the agent and commits its messages: the batch in progress must be finished.
        await asyncio.shield(asyncio.ensure_future(self._count_in_turn(messages)))

    async def _count_in_turn(self, messages: Sequence[ReceivedMessage]) -> None:
        async with self._lock:
            await self._count([received for message in messages if (received := self._read(message))])

    def _read(self, message: ReceivedMessage) -> ShardedEvent | None:
        try:
            envelope = message.envelope()
        except MalformedEnvelope:
            self._updater.not_counted["malformed"] += 1
            return None
        return ShardedEvent(envelope, message.partition, message.offset)

    async def _count(self, batch: Sequence[ShardedEvent]) -> None:
        envelopes, topic = [event.envelope for event in batch], repeat(topics.JOBS.name, len(batch))
        try:
            with processing(envelopes, topic, self.infrastructure.tracing, GROUP):
                await self._count_with_retries(batch)
        except Exception as problem:  # noqa: BLE001  (a failing event must not hold up those of other jobs)
            if len(batch) > 1:
                for event in batch:
                    await self._count([event])
            else:
                self._skip(batch[0].envelope, problem)

    async def _count_with_retries(self, batch: Sequence[ShardedEvent]) -> None:
        attempt = 0
        while True:
            try:
                return await self._updater.count_sharded(batch)
            except StoreUnavailable as problem:
                attempt += 1
                self._waiting_for_store = True
                if attempt == 1:
                    _log.warning("store_awaited", group=GROUP, reason=str(problem))
                await asyncio.sleep(self.retry_policy.delay(attempt))
            finally:
                self._waiting_for_store = False

    def _skip(self, envelope: Envelope, problem: Exception) -> None:
        _log.error("event_not_counted", id=str(envelope.id), type=envelope.type, error=type(problem).__name__)
        self._updater.not_counted["failed"] += 1
