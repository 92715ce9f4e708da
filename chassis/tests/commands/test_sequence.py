import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import cast

import orjson

from chassis.commands.context import CommandContext
from chassis.commands.recording import chain_hash
from chassis.commands.sequence import NumberSequence
from chassis.ports.event_store import START, EventStore, NewEvent, StoredEvent, StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from testkit.conformance.samples import DEADLINE_SECONDS
from testkit.counters import asked


def first() -> CommandContext:
    """Return the context of a command that no other process can have carried out."""
    return replace(asked(), first_time=True)


class Appends:
    """An event store that tells what is asked of it, lets appends wait, and can be away."""

    def __init__(self, events: EventStore) -> None:
        self.events, self.made, self.reads, self.away = events, list[tuple[str, int]](), 0, False
        self.began, self.go_on = asyncio.Event(), asyncio.Event()
        self.go_on.set()

    async def append(self, stream: str, events: Sequence[NewEvent], expected: int) -> int:
        if self.away:
            raise StoreUnavailable("away")
        self.made.append((stream, len(events)))
        self.began.set()
        await self.go_on.wait()
        return await self.events.append(stream, events, expected)

    async def read(self, stream: str, after: int = START, limit: int | None = None) -> Sequence[StoredEvent]:
        return await self.events.read(stream, after, limit)

    async def last(self, stream: str) -> StoredEvent | None:
        self.reads += 1
        return await self.events.last(stream)

    def read_all(self, after: int = START, categories: Sequence[str] = ()) -> AsyncIterator[Sequence[StoredEvent]]:
        return self.events.read_all(after, categories)

    def subscribe_all(self, after: int = START, categories: Sequence[str] = ()) -> AsyncIterator[Sequence[StoredEvent]]:
        return self.events.subscribe_all(after, categories)


async def test_a_number_is_given_out_once_even_in_a_rush(infrastructure: Infrastructure) -> None:
    numbers = NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests")

    taken = await asyncio.gather(*(numbers.take(f"holder-{n}", first()) for n in range(12)))

    assert sorted(taken) == list(range(1, 13))
    assert [await numbers.holder_of(number) for number in taken] == [f"holder-{n}" for n in range(12)]


async def test_nobody_has_a_number_that_was_not_given_out(infrastructure: Infrastructure) -> None:
    numbers = NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests")
    await numbers.take("first", asked())

    assert [await numbers.holder_of(number) for number in (-1, 0, 1, 2, 10**30)] == [None, None, "first", None, None]


async def test_those_who_ask_at_once_get_their_numbers_by_few_appends(infrastructure: Infrastructure) -> None:
    events = Appends(infrastructure.events)
    numbers = NumberSequence(events, infrastructure.clock, "ticket", "/tests")

    taken = await asyncio.gather(*(numbers.take(f"holder-{n}", first()) for n in range(12)))

    assert taken == list(range(1, 13))
    assert [size for _, size in events.made] == [1, 11]
    assert events.reads == 1


async def test_the_same_command_twice_at_once_has_one_number(infrastructure: Infrastructure) -> None:
    numbers, context = NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests"), asked()

    taken = await asyncio.gather(numbers.take("first", asked()), *(numbers.take("same", context) for _ in range(3)))

    assert taken == [1, 2, 2, 2]


async def test_numbers_go_on_behind_those_of_another_process(infrastructure: Infrastructure) -> None:
    ours, others = (NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests") for _ in range(2))

    assert [await each.take("holder", asked()) for each in (ours, others, ours, others)] == [1, 2, 3, 4]


async def test_the_chain_holds_behind_a_number_that_another_process_took_for_the_same_command(
    infrastructure: Infrastructure,
) -> None:
    ours, others = (NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests") for _ in range(2))
    repeated = asked()
    await ours.take("first", first())
    await others.take("same", repeated)

    assert await ours.take("same", repeated) == 2
    assert await ours.take("last", first()) == 3

    stored = await infrastructure.events.read("ticket-sequence")
    hashes = [orjson.loads(event.metadata)["previous_hash"] for event in stored]
    assert hashes == ["", *map(chain_hash, stored[:-1])]


async def test_what_was_taken_last_is_remembered(infrastructure: Infrastructure) -> None:
    events = Appends(infrastructure.events)
    numbers = NumberSequence(events, infrastructure.clock, "ticket", "/tests")

    assert [await numbers.take(f"{n}", first()) for n in range(4)] == [1, 2, 3, 4]
    assert events.reads == 1


async def test_who_gives_up_asking_keeps_nobody_from_a_number(infrastructure: Infrastructure) -> None:
    events = Appends(infrastructure.events)
    numbers = NumberSequence(events, infrastructure.clock, "ticket", "/tests")
    events.go_on.clear()
    asking = [asyncio.ensure_future(numbers.take(f"holder-{n}", asked())) for n in range(3)]
    await asyncio.wait_for(events.began.wait(), DEADLINE_SECONDS)
    asking[0].cancel()
    events.go_on.set()

    numbered = await asyncio.gather(*asking, return_exceptions=True)

    assert isinstance(numbered[0], asyncio.CancelledError)
    assert [await numbers.holder_of(cast("int", number)) for number in numbered[1:]] == ["holder-1", "holder-2"]


async def test_all_who_ask_are_told_that_the_store_is_away(infrastructure: Infrastructure) -> None:
    events = Appends(infrastructure.events)
    numbers = NumberSequence(events, infrastructure.clock, "ticket", "/tests")
    await numbers.take("first", asked())
    events.away = True

    outcomes = await asyncio.gather(*(numbers.take(f"{n}", asked()) for n in range(5)), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 5
    events.away = False
    assert await numbers.take("after", asked()) == 2
