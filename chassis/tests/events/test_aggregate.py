import asyncio
from dataclasses import replace
from typing import cast
from uuid import uuid4

import pytest

from chassis.event_store import EventStore
from chassis.infrastructure import Infrastructure
from chassis.testing.counters import Count, NegativeCount, asked, counters


class Reads:
    """An event store that counts what is read."""

    def __init__(self, events: EventStore) -> None:
        self._events, self.count = events, 0

    def __getattr__(self, name: str) -> object:
        self.count += name in {"read", "last"}
        return getattr(self._events, name)


async def test_a_command_is_decided_on_what_happened_before(infrastructure: Infrastructure) -> None:
    aggregates = counters(infrastructure)
    await aggregates.handle("a", Count(2), asked())

    handled = await aggregates.handle("a", Count(), asked())

    assert (handled.state.total, handled.revision, len(handled.events)) == (3, 2, 1)
    assert await aggregates.load("a") == type(handled)(handled.state, 2)


async def test_the_same_command_again_changes_nothing(infrastructure: Infrastructure) -> None:
    aggregates, command_id = counters(infrastructure), uuid4()
    await aggregates.handle("a", Count(2), asked(command_id))
    await aggregates.handle("a", Count(), asked())

    repeated = await aggregates.handle("a", Count(2), asked(command_id))

    assert (repeated.state.total, repeated.revision, repeated.events) == (3, 2, ())


async def test_what_is_made_is_not_looked_for_first(infrastructure: Infrastructure) -> None:
    reads = Reads(infrastructure.events)
    aggregates = replace(counters(infrastructure), events=cast("EventStore", reads))

    made = await aggregates.create("new", Count(2), asked())

    assert (made.state.total, made.revision, reads.count) == (2, 1, 0)


async def test_what_is_there_against_all_odds_goes_on_from_where_it_is(infrastructure: Infrastructure) -> None:
    aggregates = counters(infrastructure)
    await aggregates.handle("there", Count(2), asked())

    handled = await aggregates.create("there", Count(), asked())

    assert (handled.state.total, handled.revision) == (3, 2)


async def test_a_command_that_changes_nothing_writes_nothing(infrastructure: Infrastructure) -> None:
    handled = await counters(infrastructure).handle("a", Count(0), asked())

    assert handled.revision == -1
    assert await infrastructure.events.read("counter-a") == []


async def test_a_refused_command_writes_nothing(infrastructure: Infrastructure) -> None:
    with pytest.raises(NegativeCount):
        await counters(infrastructure).handle("a", Count(-1), asked())

    assert await infrastructure.events.last("counter-a") is None


async def test_no_command_is_lost_when_many_come_at_once(infrastructure: Infrastructure) -> None:
    aggregates = counters(infrastructure)

    await asyncio.gather(*(aggregates.handle("a", Count(), asked()) for _ in range(8)))

    assert (await aggregates.load("a")).state.total == 8
