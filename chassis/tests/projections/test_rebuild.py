"""A read model is made anew: compared, switched to, interrupted, refused."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from california_gold_contracts.envelope import Envelope
from chassis.coordination.lease import LEASES, Lease
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import EventStore
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from chassis.projections.live_documents import generations_of
from chassis.projections.read_model import Project, projected
from chassis.projections.rebuilding import AlreadyRunning, Origin, Progress
from chassis.projections.switching import RebuildRefused
from chassis.projections.versions import generation
from testkit.counters import CATEGORY, Totals
from testkit.rebuilds import (
    TOPIC,
    TOTALS,
    Doubled,
    busy,
    count,
    follow,
    history,
    process,
    read,
    rebuild,
    stored,
)


async def test_a_rebuild_makes_a_generation_that_is_read_from_then_on(site: Infrastructure) -> None:
    await count(site, "a", "b", by=3)
    await follow(site)

    done = await rebuild(site).run()

    assert (done.switched, done.generation, done.comparison.compared, done.comparison.count) == (True, 1, 2, 0)
    await generations_of(site.documents).documents.delete(Totals.collection, ["a", "b"])
    assert await read(site, "a") == {"total": 3, "seen": 3}
    found = await process(site).documents.find(Totals.collection, {"total": 3}, order="seen")
    assert [document.id for document in found] == ["a", "b"]


async def test_what_differs_is_listed_and_not_switched_to_unless_it_is_wanted(site: Infrastructure) -> None:
    await count(site, "a", "b", by=2)
    await follow(site)
    new_code = replace(TOTALS, into=projected(Doubled()))

    first = await rebuild(site, new_code).run()
    second = await rebuild(site, new_code).run(accept_differences=True)

    assert (first.switched, first.comparison.count) == (False, 2)
    assert [(one.id, one.what) for one in first.comparison.differences] == [
        ("a", "differs in sum"),
        ("b", "differs in sum"),
    ]
    assert (second.switched, second.generation, second.events) == (True, 1, 0)
    assert await read(site, "a") == {"total": 2, "seen": 2, "sum": 3}


async def test_a_document_that_is_missing_or_behind_is_a_difference(site: Infrastructure) -> None:
    await count(site, "a", "b", by=2)
    await follow(site)
    raw = generations_of(site.documents).documents
    nowhere = replace(TOTALS, into=_nowhere)
    await raw.put_newer(generation(Totals.collection, 1), [Document("b", 0, b"{}", {"total": 1, "seen": 1})])

    found = (await rebuild(site, nowhere).run()).comparison.differences

    assert [(one.id, one.what) for one in found] == [
        ("a", "is missing"),
        ("b", "has come to revision 0, the live one to 1"),
    ]


def _nowhere(documents: DocumentStore, events: EventStore, collection: Collection) -> Project:
    async def nothing(envelopes: Sequence[Envelope]) -> None:
        pass

    return nothing


async def test_a_live_document_that_is_behind_says_nothing_against_the_new_one(site: Infrastructure) -> None:
    await count(site, "a", by=2)

    assert (await rebuild(site).run()).switched


class Interrupted(Exception):
    """Power, or a person, cut in."""


@pytest.mark.parametrize("at", range(7))
async def test_interrupted_anywhere_it_goes_on_when_it_is_run_again(site: Infrastructure, at: int) -> None:
    await count(site, "a", "b", by=3)
    await follow(site)
    steps = 0

    def cut_in(_: Progress) -> None:
        nonlocal steps
        steps += 1
        if steps > at:
            raise Interrupted

    first = rebuild(site)
    first.report = cut_in
    with suppress(Interrupted):
        await first.run()

    async with busy(site, "a", "b"):
        state, _ = await generations_of(site.documents).present("totals")
        if state.previous is None:
            await rebuild(site).run()
    state, _ = await generations_of(site.documents).present("totals")
    assert (state.live, state.building, state.previous) == (1, None, 0)
    assert await stored(site, 0, "a") == await stored(site, 1, "a")


async def test_the_second_at_once_is_refused(site: Infrastructure) -> None:
    await count(site, "a")
    held = Lease(site.documents, site.clock, "rebuild:totals", "first", timedelta(seconds=2))

    async with held.held():
        with pytest.raises(AlreadyRunning):
            await rebuild(site, term=timedelta(seconds=2)).run()


async def test_one_that_died_holds_nobody_up_for_long(site: Infrastructure) -> None:
    await count(site, "a")
    dead = Lease(site.documents, site.clock, "rebuild:totals", "dead")
    async with dead.held():
        crashed = await site.documents.get(LEASES, "rebuild:totals")
    assert crashed
    await site.documents.delete(LEASES, ["rebuild:totals"])
    await site.documents.put_newer(LEASES, [crashed])

    assert (await rebuild(site, term=timedelta(seconds=2)).run()).switched


async def test_a_rebuild_from_the_topic_gives_the_same(site: Infrastructure) -> None:
    await count(site, "a", "b", by=3)
    await follow(site)
    messages = [Message(TOPIC.name, event.subject, event.data, event.headers()) for event in await history(site)]
    await site.bus.publish(messages[:5])

    done = await rebuild(site).run(origin=Origin.TOPIC)

    assert (done.switched, done.comparison.count) == (True, 0)
    assert await stored(site, 1, "b") == (2, {"total": 3, "seen": 3})


async def test_what_is_on_no_topic_is_not_rebuilt_from_one(site: Infrastructure) -> None:
    with pytest.raises(RebuildRefused, match="on no topic"):
        await rebuild(site, replace(TOTALS, topic=None)).run(origin=Origin.TOPIC)


async def test_progress_tells_how_far_it_is_and_how_far_it_goes(site: Infrastructure) -> None:
    await count(site, "a", by=3)
    last = await site.events.last(f"{CATEGORY}-a")
    assert last
    told: list[Progress] = []
    making = rebuild(site)
    making.report = told.append

    await making.run()

    caught_up = [progress for progress in told if progress.step == "catch up"]
    assert [(progress.done, progress.position) for progress in caught_up] == [(3, last.position)]
