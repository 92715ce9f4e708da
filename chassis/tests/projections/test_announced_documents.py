"""Reads of this process wait for documents that it has announced, and for no others."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import orjson
import pytest

from california_gold_contracts.envelope import Envelope
from chassis.commands.recording import envelope_of
from chassis.ports.announcements import Announcement
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.projector import Projector
from testkit.conformance.samples import DEADLINE_SECONDS
from testkit.counters import Count, Totals, command_context, counters

THINGS = Collection("announced-things", ("owner", "number"), (("owner", "number"),))
LONG, SHORT = 10 * DEADLINE_SECONDS, 0.05
READS: Sequence[Callable[[DocumentStore], Awaitable[object]]] = [
    lambda documents: documents.get(THINGS, "a"),
    lambda documents: documents.get_many(THINGS, ["a", "b"]),
    lambda documents: documents.find(THINGS, {"owner": 1}, order="number"),
    lambda documents: documents.find_as_json(THINGS, {"owner": 1}, order="number"),
]
OTHER_READS: Sequence[Callable[[DocumentStore], Awaitable[object]]] = [
    lambda documents: documents.get(THINGS, "b"),
    lambda documents: documents.find(THINGS, {"owner": 2}, order="number"),
    lambda documents: documents.get(Collection("announced-others"), "a"),
]


def announce(infrastructure: Infrastructure, seconds: float, revision: int = 1) -> None:
    assert infrastructure.announcements is not None
    document = Document("a", revision, None, {"owner": 1, "number": 1})
    infrastructure.announcements.announce(Announcement(THINGS, document, seconds))


def written(revision: int) -> Document:
    return Document("a", revision, b'{"shown":true}', {"owner": 1, "number": 1})


@pytest.fixture
async def stored(infrastructure: Infrastructure) -> Infrastructure:
    for collection in (THINGS, Collection("announced-others")):
        await infrastructure.documents.put_newer(collection, [])
    return infrastructure


@pytest.mark.parametrize("read", READS)
async def test_a_read_waits_until_an_announced_document_is_there(
    stored: Infrastructure, read: Callable[[DocumentStore], Awaitable[object]]
) -> None:
    announce(stored, LONG)
    reading = asyncio.ensure_future(read(stored.documents))
    await stored.documents.put_newer(THINGS, [written(0)])
    assert not reading.done()
    await stored.documents.put_newer(THINGS, [written(1)])
    found = await asyncio.wait_for(reading, DEADLINE_SECONDS)
    assert found == await asyncio.wait_for(asyncio.ensure_future(read(stored.documents)), DEADLINE_SECONDS)
    assert found not in ([], b"[]", {}, None)


@pytest.mark.parametrize("read", OTHER_READS)
async def test_reads_of_other_documents_do_not_wait(
    stored: Infrastructure, read: Callable[[DocumentStore], Awaitable[object]]
) -> None:
    announce(stored, LONG)
    assert not await asyncio.wait_for(asyncio.ensure_future(read(stored.documents)), DEADLINE_SECONDS)


@pytest.mark.parametrize("read", READS)
async def test_an_announcement_that_does_not_come_true_is_waited_for_once(
    stored: Infrastructure, read: Callable[[DocumentStore], Awaitable[object]]
) -> None:
    announce(stored, SHORT)
    async with asyncio.timeout(DEADLINE_SECONDS):
        assert await read(stored.documents) in ([], b"[]", {}, None)
    announce(stored, LONG, revision=0)
    await stored.documents.put_newer(THINGS, [written(0)])
    async with asyncio.timeout(DEADLINE_SECONDS):
        assert await read(stored.documents)


async def test_a_projection_reads_without_waiting_and_ends_the_announcement(infrastructure: Infrastructure) -> None:
    await counters(infrastructure).handle("a", Count(2), command_context())
    assert infrastructure.announcements is not None
    infrastructure.announcements.announce(Announcement(Totals.collection, Document("a", 1, None), LONG))
    reading = asyncio.ensure_future(infrastructure.documents.get(Totals.collection, "a"))
    projector = Projector(Totals(), infrastructure.documents, infrastructure.events)
    async with asyncio.timeout(DEADLINE_SECONDS):
        for envelope in await _history(infrastructure):
            await projector.project([envelope])
        found = await reading
    assert found is not None
    assert found.body is not None
    assert (found.revision, orjson.loads(found.body)["total"]) == (1, 2)


async def _history(infrastructure: Infrastructure) -> list[Envelope]:
    return [envelope_of(event) async for page in infrastructure.events.read_all() for event in page]
