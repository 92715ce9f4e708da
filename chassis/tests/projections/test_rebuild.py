"""Rebuilds of a read model: comparison, promotion, interruption, refusal."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from california_gold_contracts.envelope import Envelope
from chassis.commands.text_sealing import TextSealing
from chassis.coordination.lease import LEASES, Lease
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import EventStore
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from chassis.projections.event_source import EventSource
from chassis.projections.live_documents import versions_of
from chassis.projections.read_model import ProjectEvents, projector_factory
from chassis.projections.rebuilding import AlreadyRunning, RebuildProgress
from chassis.projections.transitions import RebuildRefused
from chassis.projections.versions import version_collection
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


async def test_a_rebuild_promotes_a_new_version(site: Infrastructure) -> None:
    await count(site, "a", "b", by=3)
    await follow(site)

    done = await rebuild(site).run()

    assert (done.promoted, done.version, done.comparison.compared, done.comparison.differing) == (True, 1, 2, 0)
    await versions_of(site.documents).documents.delete(Totals.collection, ["a", "b"])
    assert await read(site, "a") == {"total": 3, "seen": 3}
    found = await process(site).documents.find(Totals.collection, {"total": 3}, order="seen")
    assert [document.id for document in found] == ["a", "b"]


async def test_a_version_that_differs_is_promoted_only_when_differences_are_accepted(site: Infrastructure) -> None:
    await count(site, "a", "b", by=2)
    await follow(site)
    new_code = replace(TOTALS, projector=projector_factory(Doubled()))

    first = await rebuild(site, new_code).run()
    second = await rebuild(site, new_code).run(accept_differences=True)

    assert (first.promoted, first.comparison.differing) == (False, 2)
    assert [(document.id, document.description) for document in first.comparison.differences] == [
        ("a", "differs in sum"),
        ("b", "differs in sum"),
    ]
    assert (second.promoted, second.version, second.events) == (True, 1, 0)
    assert await read(site, "a") == {"total": 2, "seen": 2, "sum": 3}


async def test_a_document_that_is_missing_or_behind_is_a_difference(site: Infrastructure) -> None:
    await count(site, "a", "b", by=2)
    await follow(site)
    raw = versions_of(site.documents).documents
    writes_nothing = replace(TOTALS, projector=_project_nothing)
    await raw.put_newer(version_collection(Totals.collection, 1), [Document("b", 0, b"{}", {"total": 1, "seen": 1})])

    found = (await rebuild(site, writes_nothing).run()).comparison.differences

    assert [(document.id, document.description) for document in found] == [
        ("a", "is missing"),
        ("b", "is at revision 0, the live one at 1"),
    ]


def _project_nothing(
    documents: DocumentStore, events: EventStore, texts: TextSealing, collection: Collection
) -> ProjectEvents:
    async def nothing(envelopes: Sequence[Envelope]) -> None:
        pass

    return nothing


async def test_a_live_document_that_is_behind_is_no_difference(site: Infrastructure) -> None:
    await count(site, "a", by=2)

    assert (await rebuild(site).run()).promoted


class Interrupted(Exception):
    """The rebuild is interrupted."""


@pytest.mark.parametrize("at", range(7))
async def test_an_interrupted_rebuild_resumes_when_it_is_run_again(site: Infrastructure, at: int) -> None:
    await count(site, "a", "b", by=3)
    await follow(site)
    steps = 0

    def interrupt(_: RebuildProgress) -> None:
        nonlocal steps
        steps += 1
        if steps > at:
            raise Interrupted

    first = rebuild(site)
    first.report = interrupt
    with suppress(Interrupted):
        await first.run()

    async with busy(site, "a", "b"):
        state, _ = await versions_of(site.documents).stored_state("totals")
        if state.previous is None:
            await rebuild(site).run()
    state, _ = await versions_of(site.documents).stored_state("totals")
    assert (state.live, state.building, state.previous) == (1, None, 0)
    assert await stored(site, 0, "a") == await stored(site, 1, "a")


async def test_a_concurrent_rebuild_of_the_same_read_model_is_refused(site: Infrastructure) -> None:
    await count(site, "a")
    held = Lease(site.documents, site.clock, "rebuild:totals", "first", timedelta(seconds=2))

    async with held.held():
        with pytest.raises(AlreadyRunning):
            await rebuild(site, term=timedelta(seconds=2)).run()


async def test_a_rebuild_takes_over_the_lease_of_a_dead_process(site: Infrastructure) -> None:
    await count(site, "a")
    dead = Lease(site.documents, site.clock, "rebuild:totals", "dead")
    async with dead.held():
        crashed = await site.documents.get(LEASES, "rebuild:totals")
    assert crashed
    await site.documents.delete(LEASES, ["rebuild:totals"])
    await site.documents.put_newer(LEASES, [crashed])

    assert (await rebuild(site, term=timedelta(seconds=2)).run()).promoted


async def test_a_rebuild_from_the_topic_gives_the_same_documents(site: Infrastructure) -> None:
    await count(site, "a", "b", by=3)
    await follow(site)
    messages = [Message(TOPIC.name, event.subject, event.data, event.headers()) for event in await history(site)]
    await site.bus.publish(messages[:5])

    done = await rebuild(site).run(source=EventSource.TOPIC)

    assert (done.promoted, done.comparison.differing) == (True, 0)
    assert await stored(site, 1, "b") == (2, {"total": 3, "seen": 3})


async def test_a_read_model_without_a_topic_cannot_be_rebuilt_from_one(site: Infrastructure) -> None:
    with pytest.raises(RebuildRefused, match="on no topic"):
        await rebuild(site, replace(TOTALS, topic=None)).run(source=EventSource.TOPIC)


async def test_a_rebuild_reports_its_progress(site: Infrastructure) -> None:
    await count(site, "a", by=3)
    last = await site.events.last(f"{CATEGORY}-a")
    assert last
    reported: list[RebuildProgress] = []
    rebuilding = rebuild(site)
    rebuilding.report = reported.append

    await rebuilding.run()

    caught_up = [progress for progress in reported if progress.step == "catch up"]
    assert [(progress.done, progress.position) for progress in caught_up] == [(3, last.position)]
