"""From the event store to a topic: in log order, acknowledged by the bus before the checkpoint moves.

The checkpoint is written once a second and at the end: after a crash the events of the last second come again.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

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

_NOTE_SECONDS = 1.0
Publish = Callable[[Envelope], Envelope | None]
_log = structlog.get_logger()


def as_stored(envelope: Envelope) -> Envelope:
    """Publish what is stored: stored events are the contract's events."""
    return envelope


@dataclass
class Relay:
    """Publishes the events of one owner's categories to its topic, one running relay at a time.

    `publish` says how a stored event reads in public, or None when it stays private.
    """

    infrastructure: Infrastructure
    topic: Topic
    categories: Sequence[str]
    publish: Publish = as_stored
    _delay: float = field(default=0.0, init=False)
    _published: int = field(default=START, init=False)
    _noted: int = field(default=START, init=False)
    _drain: Drain = field(init=False, default_factory=Drain)

    @property
    def worker(self) -> Worker:
        """The relay as work for a process."""
        return Worker(self._name, self.run, measure=self.measure, drain=self.drain)

    async def measure(self) -> Sequence[Measurement]:
        """Tell how long the newest published event had waited since it was stored."""
        return [Measurement("relay_delay_seconds", self._delay, {"topic": self.topic.name})]

    async def run(self) -> None:
        """Relay for ever, from where the checkpoint is. Raises `StoreUnavailable` when a store or the lease is lost."""
        lease = Lease(
            self.infrastructure.documents, self.infrastructure.clock, self._name, self.infrastructure.instance
        )
        try:
            await lease.run(self._relay)
        except LeaseLost:
            raise StoreUnavailable(f"the lease {self._name} was lost") from None

    async def drain(self) -> None:
        """Let the page that is being published be finished, start no other, and store the checkpoint."""
        await self._drain.drain()
        with suppress(StoreUnavailable):
            await self._note()

    async def _relay(self, fence: int) -> None:
        after = self._published = self._noted = await self._checkpoints.load_or_start(self._name)
        _log.info("relay_started", topic=self.topic.name, after=after, fence=fence)
        noting = asyncio.ensure_future(self._keep_noting())
        try:
            async for page in self.infrastructure.events.subscribe_all(after, self.categories):
                async with self._drain.step():
                    await self._publish(page)
        finally:
            noting.cancel()
            with suppress(StoreUnavailable):
                await self._note()

    async def _publish(self, page: Sequence[StoredEvent]) -> None:
        envelopes = [envelope_of(event) for event in page]
        public = [published for envelope in envelopes if (published := self.publish(envelope))]
        messages = [Message(self.topic.name, event.subject, event.data, event.headers()) for event in public]
        await self.infrastructure.bus.publish(messages)
        self._published = page[-1].position
        self._delay = (self.infrastructure.clock.now() - envelopes[-1].time).total_seconds()

    async def _keep_noting(self) -> None:
        while True:
            await asyncio.sleep(_NOTE_SECONDS)
            # Without its store the relay will lose its lease.
            with suppress(StoreUnavailable):
                await self._note()

    async def _note(self) -> None:
        position = self._published
        if position > self._noted:
            await self._checkpoints.advance(self._name, position)
            self._noted = position

    @property
    def _checkpoints(self) -> Checkpoints:
        return Checkpoints(self.infrastructure.documents)

    @property
    def _name(self) -> str:
        return f"relay:{self.topic.name}"
