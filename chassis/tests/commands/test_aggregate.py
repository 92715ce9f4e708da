import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import cast
from uuid import uuid4

import orjson
import pytest

from california_gold_contracts.event import Event
from chassis.commands.context import CommandContext
from chassis.commands.recording import chain_hash
from chassis.ports.event_store import EventStore
from chassis.ports.infrastructure import Infrastructure
from testkit.counters import DECIDER, Count, CounterState, NegativeCount, asked, counters, decide


def first() -> CommandContext:
    """Return the context of a command that no other process can have carried out."""
    return replace(asked(), first_time=True)


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


async def test_what_changed_last_is_not_read_again_and_stays_one_chain(infrastructure: Infrastructure) -> None:
    reads = Reads(infrastructure.events)
    aggregates = replace(counters(infrastructure), events=cast("EventStore", reads))
    await aggregates.handle("a", Count(2), first())
    before = reads.count

    handled = [await aggregates.handle("a", Count(), first()) for _ in range(3)]

    assert ([each.state.total for each in handled], handled[-1].revision, reads.count) == ([3, 4, 5], 4, before)
    stored = await infrastructure.events.read("counter-a")
    hashes = [orjson.loads(event.metadata)["previous_hash"] for event in stored]
    assert hashes == ["", *map(chain_hash, stored[:-1])]


async def test_the_same_command_again_changes_nothing_for_whoever_remembers_it(infrastructure: Infrastructure) -> None:
    aggregates, command_id = counters(infrastructure), uuid4()

    totals = [(await aggregates.handle("a", Count(2), asked(command_id))).state.total for _ in range(3)]

    assert totals == [2, 2, 2]


async def test_the_chain_holds_behind_a_command_that_another_process_had_carried_out(
    infrastructure: Infrastructure,
) -> None:
    ours, others, repeated = counters(infrastructure), counters(infrastructure), uuid4()
    await ours.handle("a", Count(), first())
    await others.handle("a", Count(), asked(repeated))

    await ours.handle("a", Count(), asked(repeated))
    await ours.handle("a", Count(), first())

    stored = await infrastructure.events.read("counter-a")
    hashes = [orjson.loads(event.metadata)["previous_hash"] for event in stored]
    assert hashes == ["", *map(chain_hash, stored[:-1])]


async def test_what_another_process_did_since_is_not_overlooked(infrastructure: Infrastructure) -> None:
    ours, others = counters(infrastructure), counters(infrastructure)
    await ours.handle("a", Count(1), first())
    await others.handle("a", Count(4), first())

    assert (await ours.handle("a", Count(1), first())).state.total == 6


async def test_a_refusal_follows_from_the_stream_and_not_from_what_is_remembered(
    infrastructure: Infrastructure,
) -> None:
    def decide_up_to_three(state: CounterState, command: Count) -> Sequence[Event]:
        if state.total == 2:
            raise NegativeCount("not from two")
        return decide(state, command)

    others = counters(infrastructure)
    ours = replace(others, decider=replace(DECIDER, decide=decide_up_to_three))
    await ours.handle("a", Count(2), first())
    with pytest.raises(NegativeCount):
        await ours.handle("a", Count(), first())
    await ours.create("b", Count(2), first())
    await others.handle("b", Count(), first())

    assert (await ours.handle("b", Count(), first())).state.total == 4


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
