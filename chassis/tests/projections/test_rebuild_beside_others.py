"""A read model is made anew while others read and write it: nothing is missed, and nothing is half done."""

import asyncio
from contextlib import suppress
from dataclasses import replace

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from chassis.coordination.checkpoints import CHECKPOINTS
from chassis.ports.document_store import Document
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.live_documents import LiveDocuments, generations_of
from chassis.projections.projector import Projector, View
from chassis.projections.read_model import projected
from chassis.projections.rebuilding import Progress
from chassis.projections.versions import FRESH_SECONDS, KNOWN_TO_ALL_SECONDS
from testkit.counters import CATEGORY, Totals
from testkit.eventually import eventually
from testkit.rebuilds import (
    TOTALS,
    Doubled,
    Failing,
    busy,
    count,
    follow,
    history,
    process,
    rebuild,
    stored,
)


async def test_nothing_is_missed_by_a_rebuild_while_others_write(site: Infrastructure) -> None:
    names = [f"n{number}" for number in range(7)]
    await count(site, *names, by=2)
    await follow(site)

    async with busy(site, *names):
        done = await rebuild(site).run()
        assert done.switched
        for _ in range(2):
            await rebuild(site).roll_back()

    state, _ = await generations_of(site.documents).present("totals")
    assert (state.live, state.previous) == (1, 0)
    for name in names:
        last = await site.events.last(f"{CATEGORY}-{name}")
        assert last
        total = {"total": last.revision + 1, "seen": last.revision + 1}
        assert await stored(site, 0, name) == await stored(site, 1, name) == (last.revision, total)


async def test_a_process_that_does_not_know_of_the_switch_yet_makes_no_gap(site: Infrastructure) -> None:
    await count(site, "a", by=2)
    await follow(site)
    slow = replace(site, documents=LiveDocuments(generations_of(site.documents).documents, 0.5))
    generations, tasks = generations_of(site.documents), list[asyncio.Task[None]]()

    async def switched() -> bool:
        return (await generations.present("totals"))[0].live == 1

    async def ended_too_early() -> bool:
        return await site.documents.get(CHECKPOINTS, "rebuild:totals@1") is None

    async def write_with_old_knowledge() -> None:
        assert (await generations_of(slow.documents).state("totals")).live == 0
        await eventually(switched)
        with suppress(AssertionError):
            await eventually(ended_too_early, within=0.2)
        await count(site, "a")
        await Projector(Totals(), slow.documents, slow.events).project((await history(site))[-1:])

    def shortly_before(progress: Progress) -> None:
        if progress.step == "catch up" and not tasks:
            tasks.append(asyncio.ensure_future(write_with_old_knowledge()))

    making = rebuild(site)
    making.report, making.known_to_all = shortly_before, 0.8
    await making.run()
    await asyncio.gather(*tasks)

    assert len(tasks) == 1
    assert await stored(site, 0, "a") == await stored(site, 1, "a") == (2, {"total": 3, "seen": 3})


async def test_each_generation_is_led_on_from_its_own_documents(site: Infrastructure) -> None:
    """A rebuild after a change of code: what the live generation lacks must not get into the new one."""
    await count(site, "a", by=2)
    await follow(site)
    new_code = replace(TOTALS, into=projected(Doubled()))
    after_switch = await rebuild(site, new_code).run(switch=False)
    assert not after_switch.switched

    await count(site, "a", "b", by=2)
    me = process(site)
    await Projector(Doubled(), me.documents, me.events).project((await history(site))[2:])

    assert await stored(site, 1, "a") == (3, {"total": 4, "seen": 4, "sum": 10})
    assert await stored(site, 0, "a") == (3, {"total": 4, "seen": 4, "sum": 7})
    assert await stored(site, 1, "b") == (1, {"total": 2, "seen": 2, "sum": 3})


async def test_a_generation_whose_code_fails_holds_up_nobody_and_never_goes_live(site: Infrastructure) -> None:
    await count(site, "a", by=4)
    await follow(site)
    failing = replace(TOTALS, into=projected(Failing()))
    await rebuild(site, failing).run(switch=False)
    await count(site, "a", by=1)
    me, generations = process(site), generations_of(site.documents)

    await Projector(_FailingBeside(), me.documents, me.events).project(await history(site))

    assert await stored(site, 0, "a") == (4, {"total": 5, "seen": 5})
    assert await stored(site, 1, "a") == (3, {"total": 4, "seen": 4})
    state, _ = await generations.present("totals")
    assert state.spoiled == {1}
    again = await rebuild(site).run()
    assert (again.switched, again.generation) == (True, 2)
    assert await stored(site, 1, "a") == (-1, None)


class _FailingBeside(Totals):
    """Code that fails at the generation that is built from nothing, and not at the documents that were there."""

    calls = 0

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        type(self).calls += 1
        if type(self).calls == 1:
            raise KeyError("no")
        return super().apply(view, event, envelope)


async def test_whoever_waits_is_served_across_a_switch(site: Infrastructure) -> None:
    await count(site, "a", by=2)
    await follow(site)
    waiting = asyncio.ensure_future(process(site).documents.wait_for(Totals.collection, "a", 3, 30))
    await rebuild(site).run()
    await count(site, "a", by=2)

    await follow(process(site))

    assert await waiting
    assert await process(site).documents.wait_for(Totals.collection, "a", 3, 0)
    assert not await process(site).documents.wait_for(Totals.collection, "a", 4, 0.01)


async def test_who_writes_documents_without_a_projector_writes_them_all(site: Infrastructure) -> None:
    await count(site, "a")
    await rebuild(site).run(switch=False)
    await process(site).documents.put_newer(Totals.collection, [Document("z", 0, b"{}", {"total": 0, "seen": 0})])

    assert await stored(site, 0, "z") == await stored(site, 1, "z") == (0, {})


def test_a_rebuild_waits_for_longer_than_any_process_may_be_behind() -> None:
    assert KNOWN_TO_ALL_SECONDS > FRESH_SECONDS
