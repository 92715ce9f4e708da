"""Relay: publishes events from the event store to a topic, in log order and at least once.

The checkpoint is stored once a second and on shutdown, after the bus has acknowledged the events: a crash republishes
the events of the last second.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.topics import Topic
from chassis.commands.recording import envelope_of
from chassis.coordination.checkpoints import Checkpoints
from chassis.coordination.lease import Lease, LeaseLost
from chassis.ports.event_store import START, StoredEvent, StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from chassis.runtime.drain import Drain
from chassis.runtime.service import Measurement, Worker

_CHECKPOINT_SECONDS = 1.0
_DELAY_SECONDS = 60.0
"""How long the delay of a published event is measured: longer than the time between two scrapes."""
Publish = Callable[[Envelope], Envelope | None]
_log = structlog.get_logger()


def as_stored(envelope: Envelope) -> Envelope:
    """Publish an event unchanged: the stored event is the public one."""
    return envelope


@dataclass
class Relay:
    """Publishes the events of some categories to a topic; a lease ensures that one process does so at a time.

    `publish` maps a stored event to its public form, or to None when it stays private.
    """

    infrastructure: Infrastructure
    topic: Topic
    categories: Sequence[str]
    publish: Publish = as_stored
    _running: bool = field(default=False, init=False)
    _unpublished_since: datetime | None = field(default=None, init=False)
    _delay: float = field(default=0.0, init=False)
    _delay_until: float = field(default=0.0, init=False)
    _published: int = field(default=START, init=False)
    _stored: int = field(default=START, init=False)
    _drain: Drain = field(init=False, default_factory=Drain)

    @property
    def worker(self) -> Worker:
        """The worker that runs this relay."""
        return Worker(self._name, self.run, measure=self.measure, drain=self.drain)

    async def measure(self) -> Sequence[Measurement]:
        """Measure how late events reach the topic, and whether this process relays them.

        The delay is the age of the oldest event that was read and is not published; without one it is that of the last
        published event, for a minute.
        """
        labels = {"topic": self.topic.name}
        return [
            Measurement("relay_delay_seconds", self._delay_now(), labels),
            Measurement("relay_running", self._running, labels),
        ]

    def _delay_now(self) -> float:
        if self._unpublished_since is not None:
            return (self.infrastructure.clock.now() - self._unpublished_since).total_seconds()
        return self._delay if asyncio.get_running_loop().time() < self._delay_until else 0.0

    async def run(self) -> None:
        """Relay endlessly from the checkpoint. Raises `StoreUnavailable` when a store or the lease is lost."""
        lease = Lease(
            self.infrastructure.documents, self.infrastructure.clock, self._name, self.infrastructure.instance
        )
        try:
            await lease.run(self._relay)
        except LeaseLost:
            raise StoreUnavailable(f"the lease {self._name} was lost") from None

    async def drain(self) -> None:
        """Finish the page in progress, start no other, and store the checkpoint."""
        await self._drain.drain()
        with suppress(StoreUnavailable):
            await self._store_checkpoint()

    async def _relay(self, fence: int) -> None:
        after = self._published = self._stored = await self._checkpoints.load_or_start(self._name)
        _log.info("relay_started", topic=self.topic.name, after=after, fence=fence)
        storing = asyncio.ensure_future(self._store_checkpoints())
        self._running = True
        try:
            async for page in self.infrastructure.events.subscribe_all(after, self.categories):
                async with self._drain.step():
                    await self._publish(page)
        finally:
            self._running, self._unpublished_since = False, None
            storing.cancel()
            with suppress(StoreUnavailable):
                await self._store_checkpoint()

    async def _publish(self, page: Sequence[StoredEvent]) -> None:
        envelopes = [envelope_of(event) for event in page]
        self._unpublished_since = envelopes[0].time
        public = [published for envelope in envelopes if (published := self.publish(envelope))]
        messages = [Message(self.topic.name, event.subject, event.data, event.headers()) for event in public]
        await self.infrastructure.bus.publish(messages)
        self._published = page[-1].position
        self._unpublished_since = None
        self._delay = (self.infrastructure.clock.now() - envelopes[-1].time).total_seconds()
        self._delay_until = asyncio.get_running_loop().time() + _DELAY_SECONDS

    async def _store_checkpoints(self) -> None:
        while True:
            await asyncio.sleep(_CHECKPOINT_SECONDS)
            # During an outage of the document store the relay loses its lease and starts again.
            with suppress(StoreUnavailable):
                await self._store_checkpoint()

    async def _store_checkpoint(self) -> None:
        position = self._published
        if position > self._stored:
            await self._checkpoints.advance(self._name, position)
            self._stored = position

    @property
    def _checkpoints(self) -> Checkpoints:
        return Checkpoints(self.infrastructure.documents)

    @property
    def _name(self) -> str:
        return f"relay:{self.topic.name}"
