"""What the analyzer tells the world: facts on its topic, with ids that are the same when they are told again."""

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
class Facts:
    """The facts of one attempt; `cause` is the event that asked for it."""

    infrastructure: Infrastructure
    cause: Envelope

    async def tell(self, fact: analysis.AttemptEvent, *, part: object = "") -> None:
        """Publish a fact. `part` tells apart the facts of one kind in an attempt."""
        envelope = Envelope(
            id=uuid5(COMMANDS, f"{fact.job_id}/{fact.attempt}/{fact.wire_type}/{part}"),
            type=fact.wire_type,
            source=SOURCE,
            subject=str(fact.job_id),
            time=self.infrastructure.clock.now(),
            data=encode(fact),
            correlation_id=self.cause.correlation_id,
            causation_id=str(self.cause.id),
            actor="service:analyzer",
            traceparent=self.cause.traceparent,
        )
        message = Message(ANALYSIS.name, envelope.subject, envelope.data, envelope.headers())
        await self.infrastructure.bus.publish([message])
