import asyncio

from chassis.infrastructure import Infrastructure
from chassis.sequence import NumberSequence
from chassis.testing.counters import asked


async def test_a_number_is_given_out_once_even_in_a_rush(infrastructure: Infrastructure) -> None:
    numbers = NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests")

    taken = await asyncio.gather(*(numbers.take(f"holder-{n}", asked()) for n in range(12)))

    assert sorted(taken) == list(range(1, 13))
    assert [await numbers.holder_of(number) for number in taken] == [f"holder-{n}" for n in range(12)]


async def test_nobody_has_a_number_that_was_not_given_out(infrastructure: Infrastructure) -> None:
    numbers = NumberSequence(infrastructure.events, infrastructure.clock, "ticket", "/tests")
    await numbers.take("first", asked())

    assert [await numbers.holder_of(number) for number in (-1, 0, 1, 2, 10**30)] == [None, None, "first", None, None]
