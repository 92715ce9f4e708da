"""Consumer: a member of a consumer group with at-least-once delivery (acknowledged after handling)."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from california_gold_contracts.envelope import MalformedEnvelope
from california_gold_contracts.topics import Topic
from chassis.messaging.delivery import Delivery, Handle, RetryPolicy
from chassis.messaging.parking import Parking
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import ReceivedMessage, Subscription
from chassis.runtime.drain import Drain
from chassis.runtime.service import Measurement, Worker

_PARKING_POLL_SECONDS = 1.0


@dataclass
class Consumer:
    """A member of the consumer group `group` on `topics`.

    `handle` receives at most `max_batch` events per call and must be idempotent: events are redelivered after a crash.
    `min_interval`: minimum time between the starts of two batches. Raise it where latency does not matter.
    """

    infrastructure: Infrastructure
    group: str
    topics: Sequence[Topic]
    handle: Handle
    max_batch: int = 500
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)
    min_interval: timedelta = timedelta(0)
    _delivery: Delivery = field(init=False)
    _drain: Drain = field(init=False, default_factory=Drain)
    _acknowledged: int = field(init=False, default=-1)
    _unchanged_since: float = field(init=False, default=0.0)
    _in_progress: Sequence[ReceivedMessage] = field(init=False, default=())

    def __post_init__(self) -> None:
        parking = Parking(self.infrastructure.documents, self.infrastructure.clock)
        bus, tracing = self.infrastructure.bus, self.infrastructure.tracing
        self._delivery = Delivery(self.group, self.handle, parking, bus, self.retry_policy, tracing)

    @property
    def worker(self) -> Worker:
        """The worker that runs this consumer."""
        return Worker(
            f"consumer:{self.group}", self.run, stuck=self.stuck, measure=self.measure, drain=self._drain.drain
        )

    async def run(self) -> None:
        """Consume endlessly. Raises `StoreUnavailable` when the bus is lost; run again to rejoin the group."""
        async with self.infrastructure.bus.subscribe(self._topic_names, self.group) as subscription:
            await self._unpark()
            parking_poll = asyncio.ensure_future(self._poll_parking())
            try:
                await self._consume(subscription)
            finally:
                self._in_progress = ()
                parking_poll.cancel()
                with suppress(asyncio.CancelledError):
                    await parking_poll

    async def stuck(self) -> str | None:
        """Report a stall: there is lag and no progress for longer than `retry_policy.stuck_after`."""
        try:
            lags = await self.infrastructure.bus.lag(self._topic_names, self.group)
        except StoreUnavailable:
            return None  # a restart does not help; readiness reports the outage
        acknowledged = self._progress(sum(lag.acknowledged for lag in lags))
        now = asyncio.get_running_loop().time()
        behind = sum(lag.behind for lag in lags)
        if behind == 0 or acknowledged != self._acknowledged or self._delivery.waiting_for_store:
            self._acknowledged, self._unchanged_since = acknowledged, now
        stalled = now - self._unchanged_since
        if stalled <= self.retry_policy.stuck_after.total_seconds():
            return None
        return f"{self.group} is {behind} events behind and has made no progress for {stalled:.0f} s"

    async def measure(self) -> Sequence[Measurement]:
        """Measure the lag per topic, the parked events, the unknown events, and the age of the oldest received one."""
        labels = {"group": self.group}
        lags = await self.infrastructure.bus.lag(self._topic_names, self.group)
        parked = await self._delivery.parking.of_group(self.group)
        return [
            *(Measurement("consumer_lag_events", lag.behind, {**labels, "topic": lag.topic}) for lag in lags),
            Measurement("consumer_parked_events", len(parked), labels),
            Measurement("consumer_oldest_event_seconds", self._oldest_seconds(), labels),
            *self._delivery.unknown.measure(),
        ]

    def _waiting(self) -> Iterable[ReceivedMessage]:
        """Return messages that this member has received and not handled: at least the oldest one of each partition."""
        return {(message.topic, message.partition): message for message in reversed(self._in_progress)}.values()

    def _oldest_seconds(self) -> float:
        """Return the age of the oldest event that waits in this member; 0 without one."""
        times = [time for message in self._waiting() if (time := _time_of(message))]
        return max(0.0, (self.infrastructure.clock.now() - min(times)).total_seconds()) if times else 0.0

    async def _consume(self, subscription: Subscription) -> None:
        async for batch in subscription.batches():
            next_at = asyncio.get_running_loop().time() + self.min_interval.total_seconds()
            self._in_progress = batch
            await self._handle_batch(subscription, batch)
            self._in_progress = ()
            await asyncio.sleep(max(0.0, next_at - asyncio.get_running_loop().time()))

    def _progress(self, acknowledged: int) -> int:
        """Return a number that changes whenever there is progress."""
        return acknowledged

    async def _handle_batch(self, subscription: Subscription, batch: Sequence[ReceivedMessage]) -> None:
        for start in range(0, len(batch), self.max_batch):
            messages = batch[start : start + self.max_batch]
            async with self._drain.step():
                await self._delivery.deliver(messages)
                await subscription.acknowledge(messages)

    async def _poll_parking(self) -> None:
        while True:
            await asyncio.sleep(_PARKING_POLL_SECONDS)
            with suppress(StoreUnavailable):
                await self._unpark()

    async def _unpark(self) -> None:
        async with self._drain.step():
            await self._delivery.unpark()

    @property
    def _topic_names(self) -> list[str]:
        return [topic.name for topic in self.topics]


def _time_of(message: ReceivedMessage) -> datetime | None:
    try:
        return message.envelope().time
    except MalformedEnvelope:
        return None
