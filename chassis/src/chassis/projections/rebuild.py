"""A read model made anew from the event store, in bulk."""

from collections.abc import AsyncIterator, Sequence

from california_gold_contracts.envelope import Envelope
from chassis.commands.recording import envelope_of
from chassis.ports.event_store import START, EventStore
from chassis.projections.projector import Projector

_AT_ONCE = 5_000
"""Events projected together: fewer commits, and fewer documents written in between."""


async def rebuild(events: EventStore, categories: Sequence[str], projector: Projector) -> int:
    """Project the whole log, in bounded memory; return the number of events. The collection is best empty before."""
    count = 0
    async for some, _ in in_bulk(events, START, categories):
        await projector.project(some)
        count += len(some)
    return count


async def in_bulk(
    events: EventStore, after: int, categories: Sequence[str]
) -> AsyncIterator[tuple[Sequence[Envelope], int]]:
    """Yield many events at once, with the position of the last."""
    waiting: list[Envelope] = []
    async for page in events.read_all(after, categories):
        waiting += [envelope_of(event) for event in page]
        if len(waiting) >= _AT_ONCE:
            yield waiting, waiting[-1].position
            waiting = []
    if waiting:
        yield waiting, waiting[-1].position
