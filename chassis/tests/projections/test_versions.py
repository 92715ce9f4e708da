"""Generations of a read model: one can go back, and drop what nobody wants."""

import asyncio

import pytest

from chassis.ports.infrastructure import Infrastructure
from chassis.projections.live_documents import generations_of
from chassis.projections.switching import RebuildRefused
from chassis.projections.versions import Generations
from testkit.rebuilds import (
    count,
    follow,
    process,
    read,
    rebuild,
    stored,
)


async def test_one_can_go_back_without_a_gap_and_then_drop_the_other(site: Infrastructure) -> None:
    await count(site, "a", by=2)
    await follow(site)
    await rebuild(site).run()
    await count(site, "a", by=2)
    await follow(process(site))

    state = await rebuild(site).roll_back()
    assert (state.live, state.previous) == (0, 1)
    assert await read(site, "a") == {"total": 4, "seen": 4}
    assert await rebuild(site).drop() == [1]

    assert await stored(site, 1, "a") == (-1, None)
    assert await read(site, "a") == {"total": 4, "seen": 4}
    with pytest.raises(RebuildRefused, match="no generation to drop"):
        await rebuild(site).drop()
    with pytest.raises(RebuildRefused, match="no generation to go back to"):
        await rebuild(site).roll_back()
    assert (await rebuild(site).run()).generation == 2


async def test_while_the_old_one_is_kept_no_other_is_begun(site: Infrastructure) -> None:
    await count(site, "a")
    await rebuild(site).run()

    with pytest.raises(RebuildRefused, match="generation 0 is still kept"):
        await rebuild(site).run()


async def test_what_is_in_the_making_can_be_abandoned(site: Infrastructure) -> None:
    await count(site, "a")
    await follow(site)
    await rebuild(site).run(switch=False)

    assert await rebuild(site).abandon() == [1]
    assert await stored(site, 1, "a") == (-1, None)
    assert (await rebuild(site).run()).generation == 2


async def test_those_who_change_the_generations_at_once_all_succeed(site: Infrastructure) -> None:
    generations = [Generations(generations_of(site.documents).documents) for _ in range(5)]

    await asyncio.gather(*(one.spoil("totals", number) for number, one in enumerate(generations, 1)))

    state, _ = await generations[0].present("totals")
    assert state.spoiled == {1, 2, 3, 4, 5}
