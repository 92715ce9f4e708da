"""TracedMessageBus: each publication is a span in the traces of the events that it publishes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from chassis.ports.message_bus import Lag, Message, MessageBus, ReceivedMessage, Subscription
from chassis.ports.tracing import Attributes, SpanKind, Tracing
from chassis.tracing.batches import batch, job_attributes


@dataclass(frozen=True)
class TracedMessageBus:
    """A message bus whose publications are traced; everything else is that of `bus`.

    A message keeps the context with which its event was recorded, over every hop (CloudEvents, Distributed Tracing
    extension): whoever handles it follows from the command, and the publication stands beside.
    """

    bus: MessageBus
    tracing: Tracing

    async def publish(self, messages: Sequence[Message]) -> None:
        """Publish as a span below the context of each message."""
        contexts = [_header(message, "ce_traceparent") for message in messages]
        if not self.tracing.follows_any(contexts):
            await self.bus.publish(messages)
            return

        def attributes(index: int) -> Attributes:
            return _sent(messages[index], self.tracing, len(messages))

        with batch(
            self.tracing, SpanKind.PRODUCER, contexts, lambda index: f"send {messages[index].topic}", attributes
        ):
            await self.bus.publish(messages)

    def subscribe(self, topics: Sequence[str], group: str) -> AbstractAsyncContextManager[Subscription]:
        """Join a consumer group."""
        return self.bus.subscribe(topics, group)

    def follow(self, topics: Sequence[str], *, from_start: bool) -> AsyncIterator[Sequence[ReceivedMessage]]:
        """Follow topics."""
        return self.bus.follow(topics, from_start=from_start)

    async def lag(self, topics: Sequence[str], group: str) -> Sequence[Lag]:
        """Return the lag of a group."""
        return await self.bus.lag(topics, group)


def _header(message: Message, name: str) -> str:
    for key, value in reversed(message.headers):  # the context is the last one
        if key == name:
            return value.decode()
    return ""


def _sent(message: Message, tracing: Tracing, size: int) -> Attributes:
    return {
        "messaging.system": tracing.messaging_system,
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": message.topic,
        "messaging.message.id": _header(message, "ce_id"),
        **({"messaging.batch.message_count": size} if size > 1 else {}),
        "cloudevents.event_type": _header(message, "ce_type"),
        **job_attributes(_header(message, "ce_type"), message.key),
    }
