"""Rebuilds while other processes read and write the read model: no event is lost."""

import asyncio
from contextlib import suppress
from dataclasses import replace

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from chassis.coordination.checkpoints import CHECKPOINTS
from chassis.ports.document_store import Document
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.live_documents import LiveDocuments, versions_of
from chassis.projections.projector import Projector, View
from chassis.projections.read_model import projector_factory
from chassis.projections.rebuilding import RebuildProgress
from chassis.projections.versions import MAX_AGE_SECONDS, PROPAGATION_SECONDS
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


async def test_a_rebuild_loses_no_event_while_other_processes_write(site: Infrastructure) -> None:
    names = [f"n{number}" for number in range(7)]
    await count(site, *names, by=2)
    await follow(site)

    async with busy(site, *names):
        done = await rebuild(site).run()
        assert done.promoted
        for _ in range(2):
            await rebuild(site).roll_back()

    state, _ = await versions_of(site.documents).stored_state("totals")
    assert (state.live, state.previous) == (1, 0)
    for name in names:
        last = await site.events.last(f"{CATEGORY}-{name}")
        assert last
        total = {"total": last.revision + 1, "seen": last.revision + 1}
        assert await stored(site, 0, name) == await stored(site, 1, name) == (last.revision, total)


async def test_a_process_with_an_outdated_state_causes_no_gap(site: Infrastructure) -> None:
    await count(site, "a", by=2)
    await follow(site)
    slow = replace(site, documents=LiveDocuments(versions_of(site.documents).documents, 0.5))
    versions, tasks = versions_of(site.documents), list[asyncio.Task[None]]()

    async def promoted() -> bool:
        return (await versions.stored_state("totals"))[0].live == 1

    async def rebuild_has_ended() -> bool:
        return await site.documents.get(CHECKPOINTS, "rebuild:totals@1") is None

    async def write_with_outdated_state() -> None:
        assert (await versions_of(slow.documents).state("totals")).live == 0
        await eventually(promoted)
        with suppress(AssertionError):
            await eventually(rebuild_has_ended, within=0.2)
        await count(site, "a")
        await Projector(Totals(), slow.documents, slow.events).project((await history(site))[-1:])

    def start_outdated_process(progress: RebuildProgress) -> None:
        if progress.step == "catch up" and not tasks:
            tasks.append(asyncio.ensure_future(write_with_outdated_state()))

    rebuilding = rebuild(site)
    rebuilding.report, rebuilding.propagation_seconds = start_outdated_process, 0.8
    await rebuilding.run()
    await asyncio.gather(*tasks)

    assert len(tasks) == 1
    assert await stored(site, 0, "a") == await stored(site, 1, "a") == (2, {"total": 3, "seen": 3})


async def test_each_version_is_projected_from_its_own_documents(site: Infrastructure) -> None:
    """After a change of code, documents of the live version must not get into the new one."""
    await count(site, "a", by=2)
    await follow(site)
    new_code = replace(TOTALS, projector=projector_factory(Doubled()))
    unpromoted = await rebuild(site, new_code).run(promote=False)
    assert not unpromoted.promoted

    await count(site, "a", "b", by=2)
    other = process(site)
    await Projector(Doubled(), other.documents, other.events).project((await history(site))[2:])

    assert await stored(site, 1, "a") == (3, {"total": 4, "seen": 4, "sum": 10})
    assert await stored(site, 0, "a") == (3, {"total": 4, "seen": 4, "sum": 7})
    assert await stored(site, 1, "b") == (1, {"total": 2, "seen": 2, "sum": 3})


async def test_a_failing_version_does_not_stop_the_live_one_and_is_never_promoted(site: Infrastructure) -> None:
    await count(site, "a", by=4)
    await follow(site)
    failing = replace(TOTALS, projector=projector_factory(Failing()))
    await rebuild(site, failing).run(promote=False)
    await count(site, "a", by=1)
    other, versions = process(site), versions_of(site.documents)

    await Projector(_FailingOnce(), other.documents, other.events).project(await history(site))

    assert await stored(site, 0, "a") == (4, {"total": 5, "seen": 5})
    assert await stored(site, 1, "a") == (3, {"total": 4, "seen": 4})
    state, _ = await versions.stored_state("totals")
    assert state.failed == {1}
    again = await rebuild(site).run()
    assert (again.promoted, again.version) == (True, 2)
    assert await stored(site, 1, "a") == (-1, None)


class _FailingOnce(Totals):
    """A projection that raises in the version that is written first, the building one, and not in the live one."""

    calls = 0

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        type(self).calls += 1
        if type(self).calls == 1:
            raise KeyError("no")
        return super().apply(view, event, envelope)


async def test_waiting_for_a_revision_continues_across_a_promotion(site: Infrastructure) -> None:
    await count(site, "a", by=2)
    await follow(site)
    waiting = asyncio.ensure_future(process(site).documents.wait_for(Totals.collection, "a", 3, 30))
    await rebuild(site).run()
    await count(site, "a", by=2)

    await follow(process(site))

    assert await waiting
    assert await process(site).documents.wait_for(Totals.collection, "a", 3, 0)
    assert not await process(site).documents.wait_for(Totals.collection, "a", 4, 0.01)


async def test_documents_written_without_a_projector_go_to_every_version(site: Infrastructure) -> None:
    await count(site, "a")
    await rebuild(site).run(promote=False)
    await process(site).documents.put_newer(Totals.collection, [Document("z", 0, b"{}", {"total": 0, "seen": 0})])

    assert await stored(site, 0, "z") == await stored(site, 1, "z") == (0, {})


def test_propagation_takes_longer_than_the_maximum_age_of_a_cached_state() -> None:
    assert PROPAGATION_SECONDS > MAX_AGE_SECONDS
