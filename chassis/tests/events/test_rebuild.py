"""A read model is made anew while others read and write it: nothing is missed, and nothing is half done."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import cycle

import orjson
import pytest
import pytest_asyncio

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.topics import Topic
from chassis.document_store import Collection, Document, DocumentStore
from chassis.event_store import EventStore
from chassis.generations import FRESH_SECONDS, KNOWN_TO_ALL_SECONDS, Generations, generation
from chassis.infrastructure import Infrastructure
from chassis.lease import LEASES, Lease
from chassis.live_documents import LiveDocuments, generations_of
from chassis.message_bus import Message
from chassis.projector import Projector, View
from chassis.rebuildable import Project, ReadModel, projected
from chassis.rebuilding import AlreadyRunning, Origin, Progress, Rebuild
from chassis.recording import envelope_of
from chassis.relay import CHECKPOINTS
from chassis.switching import RebuildRefused
from chassis.testing.counters import CATEGORY, Count, Totals, asked, counters
from chassis.testing.eventually import eventually

FRESH, KNOWN_TO_ALL = 0.05, 0.08
TOPIC = Topic("tests.counters", "tests", "counter")
TOTALS = ReadModel(Totals.collection, [CATEGORY], projected(Totals()), "relay:tests.counters", TOPIC)


class Doubled(Totals):
    """The read model after a change of its code."""

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        after = super().apply(view, event, envelope)
        return None if after is None else {**after, "sum": _int(view, "sum") + _int(after, "total")}


class Failing(Totals):
    """Code that cannot digest the fifth event of a stream."""

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        if envelope.revision == 4:
            raise KeyError("no")
        return super().apply(view, event, envelope)


def _int(view: View | None, name: str) -> int:
    value = view.get(name, 0) if view else 0
    assert isinstance(value, int)
    return value


@pytest_asyncio.fixture
async def site(infrastructure: Infrastructure) -> Infrastructure:
    """Infrastructure whose processes learn of a change within FRESH seconds."""
    raw = generations_of(infrastructure.documents).documents
    return replace(infrastructure, documents=LiveDocuments(raw, FRESH))


def process(site: Infrastructure) -> Infrastructure:
    """Another process on the same servers, with knowledge of its own."""
    return replace(site, documents=LiveDocuments(generations_of(site.documents).documents, FRESH))


def rebuild(site: Infrastructure, read_model: ReadModel = TOTALS, term: timedelta = timedelta(seconds=8)) -> Rebuild:
    return Rebuild(process(site), read_model, term=term, known_to_all=KNOWN_TO_ALL)


async def count(site: Infrastructure, *names: str, by: int = 1) -> None:
    for name in names:
        await counters(site).handle(name, Count(by), asked())


async def history(site: Infrastructure) -> list[Envelope]:
    return [envelope_of(event) async for page in site.events.read_all(categories=[CATEGORY]) for event in page]


async def follow(site: Infrastructure) -> None:
    await Projector(Totals(), site.documents, site.events).project(await history(site))


async def stored(site: Infrastructure, number: int, name: str) -> tuple[int, object]:
    found = await generations_of(site.documents).documents.get(generation(Totals.collection, number), name)
    return (found.revision, orjson.loads(found.body) if found.body else None) if found else (-1, None)


async def read(site: Infrastructure, name: str) -> object:
    found = await process(site).documents.get(Totals.collection, name)
    return orjson.loads(found.body) if found and found.body else None


async def test_a_rebuild_makes_a_generation_that_is_read_from_then_on(site: Infrastructure) -> None:
    await count(site, "a", "b", by=3)
    await follow(site)

    done = await rebuild(site).run()

    assert (done.switched, done.generation, done.comparison.compared, done.comparison.count) == (True, 1, 2, 0)
    await generations_of(site.documents).documents.delete(Totals.collection, ["a", "b"])
    assert await read(site, "a") == {"total": 3, "seen": 3}
    found = await process(site).documents.find(Totals.collection, {"total": 3}, order="seen")
    assert [document.id for document in found] == ["a", "b"]


@asynccontextmanager
async def busy(site: Infrastructure, *names: str) -> AsyncGenerator[None]:
    """Events happen without a pause, and two processes project them, each event in one of them."""
    over = asyncio.Event()

    async def work() -> None:
        processes = cycle([process(site), process(site)])
        for name, me in zip(cycle(names), processes, strict=False):
            await count(site, name)
            last = await site.events.last(f"{CATEGORY}-{name}")
            assert last
            await Projector(Totals(), me.documents, me.events).project([envelope_of(last)])
            if over.is_set():
                return

    working = asyncio.ensure_future(work())
    try:
        yield
    finally:
        over.set()
        await working


async def test_nothing_is_missed_by_a_rebuild_while_others_write(site: Infrastructure) -> None:
    names = [f"n{number}" for number in range(7)]
    await count(site, *names, by=2)
    await follow(site)

    async with busy(site, *names):
        done = await rebuild(site).run()
        assert done.switched
        for _ in range(2):
            await rebuild(site).roll_back()

    standing, _ = await generations_of(site.documents).present("totals")
    assert (standing.live, standing.previous) == (1, 0)
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
        assert (await generations_of(slow.documents).standing("totals")).live == 0
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


def test_a_rebuild_waits_for_longer_than_any_process_may_be_behind() -> None:
    assert KNOWN_TO_ALL_SECONDS > FRESH_SECONDS


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


class Interrupted(Exception):  # noqa: N818
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
        standing, _ = await generations_of(site.documents).present("totals")
        if standing.previous is None:
            await rebuild(site).run()
    standing, _ = await generations_of(site.documents).present("totals")
    assert (standing.live, standing.building, standing.previous) == (1, None, 0)
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


async def test_one_can_go_back_without_a_gap_and_then_drop_the_other(site: Infrastructure) -> None:
    await count(site, "a", by=2)
    await follow(site)
    await rebuild(site).run()
    await count(site, "a", by=2)
    await follow(process(site))

    standing = await rebuild(site).roll_back()
    assert (standing.live, standing.previous) == (0, 1)
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
    standing, _ = await generations.present("totals")
    assert standing.spoiled == {1}
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


async def test_those_who_change_the_generations_at_once_all_succeed(site: Infrastructure) -> None:
    generations = [Generations(generations_of(site.documents).documents) for _ in range(5)]

    await asyncio.gather(*(one.spoil("totals", number) for number, one in enumerate(generations, 1)))

    standing, _ = await generations[0].present("totals")
    assert standing.spoiled == {1, 2, 3, 4, 5}
