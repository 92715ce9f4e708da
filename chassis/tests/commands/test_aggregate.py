import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import cast
from uuid import uuid4

import orjson
import pytest

from california_gold_contracts.event import Event
from chassis.commands.context import CommandContext
from chassis.commands.message import Message
from chassis.commands.recording import chain_hash
from chassis.ports.event_store import EventStore
from chassis.ports.infrastructure import Infrastructure
from testkit.counters import DECIDER, Count, CounterState, NegativeCount, command_context, counters, decide


def new_command() -> CommandContext:
    """Return the context of a command that cannot be a repetition."""
    return replace(command_context(), first_time=True)


class CountingReads:
    """A real event store that counts reads."""

    def __init__(self, events: EventStore) -> None:
        self._events, self.count = events, 0

    def __getattr__(self, name: str) -> object:
        self.count += name in {"read", "last"}
        return getattr(self._events, name)


async def test_a_command_is_decided_on_the_history_of_its_stream(infrastructure: Infrastructure) -> None:
    aggregates = counters(infrastructure)
    await aggregates.handle("a", Count(2), command_context())

    handled = await aggregates.handle("a", Count(), command_context())

    assert (handled.state.total, handled.revision, len(handled.events)) == (3, 2, 1)
    assert await aggregates.load("a") == type(handled)(handled.state, 2)


async def test_a_repeated_command_changes_nothing(infrastructure: Infrastructure) -> None:
    aggregates, command_id = counters(infrastructure), uuid4()
    await aggregates.handle("a", Count(2), command_context(command_id))
    await aggregates.handle("a", Count(), command_context())

    repeated = await aggregates.handle("a", Count(2), command_context(command_id))

    assert (repeated.state.total, repeated.revision, repeated.events) == (3, 2, ())


async def test_create_reads_nothing_when_the_stream_is_new(infrastructure: Infrastructure) -> None:
    reads = CountingReads(infrastructure.events)
    aggregates = replace(counters(infrastructure), events=cast("EventStore", reads))

    created = await aggregates.create("new", Count(2), command_context())

    assert (created.state.total, created.revision, reads.count) == (2, 1, 0)


async def test_create_falls_back_to_handle_when_the_stream_exists(infrastructure: Infrastructure) -> None:
    aggregates = counters(infrastructure)
    await aggregates.handle("existing", Count(2), command_context())

    handled = await aggregates.create("existing", Count(), command_context())

    assert (handled.state.total, handled.revision) == (3, 2)


async def test_a_cached_aggregate_is_not_read_again_and_its_hash_chain_is_intact(
    infrastructure: Infrastructure,
) -> None:
    reads = CountingReads(infrastructure.events)
    aggregates = replace(counters(infrastructure), events=cast("EventStore", reads))
    await aggregates.handle("a", Count(2), new_command())
    before = reads.count

    handled = [await aggregates.handle("a", Count(), new_command()) for _ in range(3)]

    assert ([outcome.state.total for outcome in handled], handled[-1].revision, reads.count) == ([3, 4, 5], 4, before)
    stored = await infrastructure.events.read("counter-a")
    hashes = [orjson.loads(event.metadata)["previous_hash"] for event in stored]
    assert hashes == ["", *map(chain_hash, stored[:-1])]


async def test_a_repeated_command_changes_a_cached_aggregate_once(infrastructure: Infrastructure) -> None:
    aggregates, command_id = counters(infrastructure), uuid4()

    totals = [(await aggregates.handle("a", Count(2), command_context(command_id))).state.total for _ in range(3)]

    assert totals == [2, 2, 2]


async def test_the_hash_chain_is_intact_after_a_command_that_another_process_handled_first(
    infrastructure: Infrastructure,
) -> None:
    ours, others, repeated = counters(infrastructure), counters(infrastructure), uuid4()
    await ours.handle("a", Count(), new_command())
    await others.handle("a", Count(), command_context(repeated))

    await ours.handle("a", Count(), command_context(repeated))
    await ours.handle("a", Count(), new_command())

    stored = await infrastructure.events.read("counter-a")
    hashes = [orjson.loads(event.metadata)["previous_hash"] for event in stored]
    assert hashes == ["", *map(chain_hash, stored[:-1])]


async def test_a_stale_cached_aggregate_is_read_again(infrastructure: Infrastructure) -> None:
    ours, others = counters(infrastructure), counters(infrastructure)
    await ours.handle("a", Count(1), new_command())
    await others.handle("a", Count(4), new_command())

    assert (await ours.handle("a", Count(1), new_command())).state.total == 6


async def test_a_command_is_rejected_by_the_stream_and_never_by_a_stale_cached_aggregate(
    infrastructure: Infrastructure,
) -> None:
    def decide_up_to_three(state: CounterState, command: Count) -> Sequence[Event]:
        if state.total == 2:
            raise NegativeCount(Message("не с двух", "not from two"))
        return decide(state, command)

    others = counters(infrastructure)
    ours = replace(others, decider=replace(DECIDER, decide=decide_up_to_three))
    await ours.handle("a", Count(2), new_command())
    with pytest.raises(NegativeCount):
        await ours.handle("a", Count(), new_command())
    await ours.create("b", Count(2), new_command())
    await others.handle("b", Count(), new_command())

    assert (await ours.handle("b", Count(), new_command())).state.total == 4


async def test_a_command_that_changes_nothing_writes_nothing(infrastructure: Infrastructure) -> None:
    handled = await counters(infrastructure).handle("a", Count(0), command_context())

    assert handled.revision == -1
    assert await infrastructure.events.read("counter-a") == []


async def test_a_rejected_command_writes_nothing(infrastructure: Infrastructure) -> None:
    with pytest.raises(NegativeCount):
        await counters(infrastructure).handle("a", Count(-1), command_context())

    assert await infrastructure.events.last("counter-a") is None


async def test_concurrent_commands_take_turns_so_that_none_is_decided_twice(infrastructure: Infrastructure) -> None:
    reads = CountingReads(infrastructure.events)
    aggregates = replace(counters(infrastructure), events=cast("EventStore", reads))

    handled = await asyncio.gather(*(aggregates.handle("a", Count(), new_command()) for _ in range(40)))

    assert [outcome.state.total for outcome in handled] == list(range(1, 41))
    assert (await infrastructure.events.read("counter-a"))[-1].revision == 39
    assert reads.count == 1
