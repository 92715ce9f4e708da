"""A read model made anew from the event store."""

from collections.abc import Sequence

from chassis.event_store import START, EventStore
from chassis.projector import Projector
from chassis.recording import envelope_of


async def rebuild(events: EventStore, categories: Sequence[str], projector: Projector) -> int:
    """Project the whole log, page by page; return the number of events. The collection is best empty before."""
    count = 0
    async for page in events.read_all(START, categories):
        await projector.project([envelope_of(event) for event in page])
        count += len(page)
    return count
