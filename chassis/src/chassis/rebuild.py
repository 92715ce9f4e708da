"""A read model made anew from the event store."""

from collections.abc import Sequence

from chassis.event_store import START, EventStore, StoredEvent
from chassis.projector import Projector
from chassis.recording import envelope_of

_AT_ONCE = 5_000
"""Events projected together: fewer commits, and fewer documents written in between."""


async def rebuild(events: EventStore, categories: Sequence[str], projector: Projector) -> int:
    """Project the whole log, in bounded memory; return the number of events. The collection is best empty before."""
    count = 0
    waiting: list[StoredEvent] = []
    async for page in events.read_all(START, categories):
        waiting += page
        if len(waiting) >= _AT_ONCE:
            count += await _project(waiting, projector)
            waiting = []
    return count + await _project(waiting, projector)


async def _project(stored: Sequence[StoredEvent], projector: Projector) -> int:
    await projector.project([envelope_of(event) for event in stored])
    return len(stored)
