"""Publisher of events of analyses, with deterministic event ids so that consumers drop duplicates."""

from dataclasses import dataclass
from uuid import uuid5

from california_gold_contracts import analysis
from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.topics import ANALYSIS
from chassis.commands.context import COMMANDS
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message

SOURCE = "/california-gold/analyzer"


@dataclass(frozen=True)
class AnalysisPublisher:
    """Publishes the events of one attempt; `cause` is the event that requested it."""

    infrastructure: Infrastructure
    cause: Envelope

    async def publish(self, event: analysis.AttemptEvent, *, discriminator: object = "") -> None:
        """Publish an event. `discriminator` distinguishes events of one type within an attempt."""
        envelope = Envelope(
            id=uuid5(COMMANDS, f"{event.job_id}/{event.attempt}/{event.wire_type}/{discriminator}"),
            type=event.wire_type,
            source=SOURCE,
            subject=str(event.job_id),
            time=self.infrastructure.clock.now(),
            data=encode(event),
            correlation_id=self.cause.correlation_id,
            causation_id=str(self.cause.id),
            actor="service:analyzer",
            traceparent=self.cause.traceparent,
        )
        message = Message(ANALYSIS.name, envelope.subject, envelope.data, envelope.headers())
        await self.infrastructure.bus.publish([message])
