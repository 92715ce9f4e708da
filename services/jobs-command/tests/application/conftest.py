"""Events as other services publish them, and the event types in a job's stream."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from california_gold_contracts import topics
from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.topics import Topic
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message

Publish = Callable[[Topic, str, Event], Awaitable[Envelope]]
Types = Callable[[UUID | str], Awaitable[list[str]]]


@pytest.fixture
def publish(infrastructure: Infrastructure) -> Publish:
    """Publishes an event of another service twice: the second is a redelivery."""

    async def send(topic: Topic, key: str, event: Event) -> Envelope:
        source = "analyzer" if topic is topics.ANALYSIS else "identity"
        now = infrastructure.clock.now()
        envelope = Envelope(
            uuid4(),
            event.wire_type,
            source,
            key,
            now,
            encode(event),
            correlation_id="correlation-1",
            actor=f"service:{source}",
        )
        await infrastructure.bus.publish([Message(topic.name, key, envelope.data, envelope.headers())] * 2)
        return envelope

    return send


@pytest.fixture
def types(infrastructure: Infrastructure) -> Types:
    async def read(job_id: UUID | str) -> list[str]:
        return [event.type for event in await infrastructure.events.read(f"job-{job_id}")]

    return read
