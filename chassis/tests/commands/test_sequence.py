import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import cast

import orjson
import pytest

from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder, chain_hash, envelope_of
from chassis.commands.sequence import NumberSequence
from chassis.ports.event_store import START, EventStore, NewEvent, StoredEvent, StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from testkit.conformance.samples import DEADLINE_SECONDS
from testkit.counters import Counted, command_context


def new_command() -> CommandContext:
    """Return the context of a command that cannot be a repetition."""
    return replace(command_context(), first_time=True)


class ObservedEvents:
    """A real event store that records appends, can block them or lose the answer, and can be unavailable."""

    def __init__(self, events: EventStore) -> None:
        self.events, self.appends, self.reads, self.unavailable = events, list[tuple[str, int]](), 0, False
        self.loses_answers = False
        self.started, self.unblocked = asyncio.Event(), asyncio.Event()
        self.unblocked.set()

    async def append(self, stream: str, events: Sequence[NewEvent], expected: int) -> int:
        if self.unavailable:
            raise StoreUnavailable("unavailable")
        self.appends.append((stream, len(events)))
        self.started.set()
        await self.unblocked.wait()
        revision = await self.events.append(stream, events, expected)
        if self.loses_answers:
            raise StoreUnavailable("the answer was lost")
        return revision

    async def read(self, stream: str, after: int = START, limit: int | None = None) -> Sequence[StoredEvent]:
        return await self.events.read(stream, after, limit)

    async def last(self, stream: str) -> StoredEvent | None:
        self.reads += 1
        return await self.events.last(stream)

    def read_all(self, after: int = START, categories: Sequence[str] = ()) -> AsyncIterator[Sequence[StoredEvent]]:
        return self.events.read_all(after, categories)

    def subscribe_all(self, after: int = START, categories: Sequence[str] = ()) -> AsyncIterator[Sequence[StoredEvent]]:
        return self.events.subscribe_all(after, categories)


async def test_concurrent_requests_get_distinct_consecutive_numbers(infrastructure: Infrastructure) -> None:
    numbers = NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests")

    allocated = await asyncio.gather(*(numbers.allocate(f"holder-{n}", new_command()) for n in range(12)))

    assert sorted(allocated) == list(range(1, 13))
    assert [await numbers.holder_of(number) for number in allocated] == [f"holder-{n}" for n in range(12)]


async def test_a_number_that_is_not_allocated_has_no_holder(infrastructure: Infrastructure) -> None:
    numbers = NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests")
    await numbers.allocate("first", command_context())

    assert [await numbers.holder_of(number) for number in (-1, 0, 1, 2, 10**30)] == [None, None, "first", None, None]


async def test_concurrent_requests_are_batched_into_one_append(infrastructure: Infrastructure) -> None:
    events = ObservedEvents(infrastructure.events)
    numbers = NumberSequence(events, infrastructure.clock, "ticket", "/tests")

    allocated = await asyncio.gather(*(numbers.allocate(f"holder-{n}", new_command()) for n in range(12)))

    assert allocated == list(range(1, 13))
    assert [size for _, size in events.appends] == [1, 11]
    assert events.reads == 1


async def test_a_command_repeated_concurrently_gets_one_number(infrastructure: Infrastructure) -> None:
    numbers, context = (
        NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests"),
        command_context(),
    )

    allocated = await asyncio.gather(
        numbers.allocate("first", command_context()), *(numbers.allocate("same", context) for _ in range(3))
    )

    assert allocated == [1, 2, 2, 2]


async def test_two_processes_share_one_sequence(infrastructure: Infrastructure) -> None:
    ours, others = (NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests") for _ in range(2))

    assert [await numbers.allocate("holder", command_context()) for numbers in (ours, others, ours, others)] == [
        1,
        2,
        3,
        4,
    ]


async def test_the_hash_chain_is_intact_after_another_process_allocated_for_the_same_command(
    infrastructure: Infrastructure,
) -> None:
    ours, others = (NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests") for _ in range(2))
    repeated = command_context()
    await ours.allocate("first", new_command())
    await others.allocate("same", repeated)

    assert await ours.allocate("same", repeated) == 2
    assert await ours.allocate("last", new_command()) == 3

    stored = await infrastructure.events.read("ticket-sequence")
    hashes = [orjson.loads(event.metadata)["previous_hash"] for event in stored]
    assert hashes == ["", *map(chain_hash, stored[:-1])]


async def test_the_last_event_is_cached(infrastructure: Infrastructure) -> None:
    events = ObservedEvents(infrastructure.events)
    numbers = NumberSequence(events, infrastructure.clock, "ticket", "/tests")

    assert [await numbers.allocate(f"{n}", new_command()) for n in range(4)] == [1, 2, 3, 4]
    assert events.reads == 1


async def test_a_cancelled_request_does_not_block_the_others(infrastructure: Infrastructure) -> None:
    events = ObservedEvents(infrastructure.events)
    numbers = NumberSequence(events, infrastructure.clock, "ticket", "/tests")
    events.unblocked.clear()
    requests = [asyncio.ensure_future(numbers.allocate(f"holder-{n}", command_context())) for n in range(3)]
    await asyncio.wait_for(events.started.wait(), DEADLINE_SECONDS)
    requests[0].cancel()
    events.unblocked.set()

    results = await asyncio.gather(*requests, return_exceptions=True)

    assert isinstance(results[0], asyncio.CancelledError)
    assert [await numbers.holder_of(cast("int", number)) for number in results[1:]] == ["holder-1", "holder-2"]


async def test_every_pending_request_fails_when_the_store_is_unavailable(infrastructure: Infrastructure) -> None:
    events = ObservedEvents(infrastructure.events)
    numbers = NumberSequence(events, infrastructure.clock, "ticket", "/tests")
    await numbers.allocate("first", command_context())
    events.unavailable = True

    outcomes = await asyncio.gather(
        *(numbers.allocate(f"{n}", command_context()) for n in range(5)), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 5
    events.unavailable = False
    assert await numbers.allocate("after", command_context()) == 2


@pytest.mark.parametrize("repeated_by", ["the process", "another process"])
async def test_a_command_repeated_after_a_lost_answer_keeps_its_number(
    infrastructure: Infrastructure, repeated_by: str
) -> None:
    events, repeated = ObservedEvents(infrastructure.events), command_context()
    numbers, others = (NumberSequence(events, infrastructure.clock, "ticket", "/tests") for _ in range(2))
    await numbers.allocate("first", new_command())
    await others.allocate("second", new_command())
    events.loses_answers = True
    with pytest.raises(StoreUnavailable):
        await numbers.allocate("same", repeated)
    events.loses_answers = False
    await others.allocate("fourth", new_command())

    assert await (numbers if repeated_by == "the process" else others).allocate("same", repeated) == 3
    assert len(await infrastructure.events.read("ticket-sequence")) == 4


async def test_a_command_repeated_after_a_restart_keeps_its_number(infrastructure: Infrastructure) -> None:
    repeated = command_context()
    for holder, context in (("first", new_command()), ("same", repeated), ("last", new_command())):
        await NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests").allocate(holder, context)

    restarted = NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests")
    assert await restarted.allocate("same", repeated) == 2
    assert await restarted.allocate("next", new_command()) == 4


async def test_the_newest_numbers_are_remembered(
    infrastructure: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.commands.sequence._REMEMBERED_NUMBERS", 3)
    contexts = [command_context() for _ in range(5)]
    numbers = NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests")
    for number, context in enumerate(contexts, start=1):
        assert await numbers.allocate("holder", context) == number

    again = NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests")
    assert [await again.allocate("holder", context) for context in contexts[-3:]] == [3, 4, 5]
    assert await again.allocate("holder", contexts[0]) == 6


async def test_the_event_has_an_id_that_no_other_event_of_the_command_has(infrastructure: Infrastructure) -> None:
    context = command_context()
    await NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests").allocate("holder", context)
    [taken] = await infrastructure.events.read("ticket-sequence")
    [counted] = Recorder("/tests", infrastructure.clock.now()).record([Counted(total=1)], context, "counter-1", None)
    assert taken.id != counted.id
    assert envelope_of(taken).causation_id == str(context.command_id)
