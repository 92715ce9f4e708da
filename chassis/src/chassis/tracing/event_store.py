"""TracedEventStore: each append is a span in the trace of the command whose events it appends."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import orjson

from chassis.ports.event_store import NO_STREAM, START, EventStore, NewEvent, StoredEvent, category
from chassis.ports.tracing import Attributes, SpanKind, Tracing
from chassis.tracing.batches import batch


@dataclass(frozen=True)
class TracedEventStore:
    """An event store whose appends are traced; everything else is that of `store`."""

    store: EventStore
    tracing: Tracing

    async def append(self, stream: str, events: Sequence[NewEvent], expected: int) -> int:
        """Append as a span below the context in the events' metadata."""
        contexts = [orjson.loads(event.metadata).get("traceparent", "") for event in events]
        if not self.tracing.follows_any(contexts):
            return await self.store.append(stream, events, expected)

        def attributes(_index: int) -> Attributes:
            return {
                "db.system.name": self.tracing.database_system,
                "db.operation.name": "append",
                "db.collection.name": category(stream),
                **({"db.operation.batch.size": len(events)} if len(events) > 1 else {}),
            }

        with batch(self.tracing, SpanKind.CLIENT, contexts, lambda _: f"append {category(stream)}", attributes):
            return await self.store.append(stream, events, expected)

    async def read(self, stream: str, after: int = NO_STREAM, limit: int | None = None) -> Sequence[StoredEvent]:
        """Read a stream."""
        return await self.store.read(stream, after, limit)

    async def last(self, stream: str) -> StoredEvent | None:
        """Return the last event of a stream."""
        return await self.store.last(stream)

    def read_all(self, after: int = START, categories: Sequence[str] = ()) -> AsyncIterator[Sequence[StoredEvent]]:
        """Read the log."""
        return self.store.read_all(after, categories)

    def subscribe_all(self, after: int = START, categories: Sequence[str] = ()) -> AsyncIterator[Sequence[StoredEvent]]:
        """Subscribe to the log."""
        return self.store.subscribe_all(after, categories)
