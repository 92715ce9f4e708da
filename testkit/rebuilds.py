"""Rebuilds of the read model of counters, in processes that refresh their read model states quickly."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import cycle

import orjson

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.topics import Topic
from chassis.commands.recording import envelope_of
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.live_documents import LiveDocuments, generations_of
from chassis.projections.projector import Projector, View
from chassis.projections.read_model import ReadModel, projected
from chassis.projections.rebuilding import Rebuild
from chassis.projections.versions import generation
from testkit.counters import CATEGORY, Count, Totals, command_context, counters

FRESH, KNOWN_TO_ALL = 0.05, 0.08
TOPIC = Topic("tests.counters", "tests", "counter")
TOTALS = ReadModel(Totals.collection, [CATEGORY], projected(Totals()), "relay:tests.counters", TOPIC)


class Doubled(Totals):
    """The read model with changed code: it also sums up the totals."""

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        """Apply an event, and add its total to the sum."""
        after = super().apply(view, event, envelope)
        return None if after is None else {**after, "sum": _int(view, "sum") + _int(after, "total")}


class Failing(Totals):
    """The read model with code that fails on the fifth event of a stream."""

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        """Fail."""
        if envelope.revision == 4:
            raise KeyError("no")
        return super().apply(view, event, envelope)


def _int(view: View | None, name: str) -> int:
    value = view.get(name, 0) if view else 0
    if not isinstance(value, int):
        raise TypeError(name)
    return value


def process(site: Infrastructure) -> Infrastructure:
    """Return the infrastructure of another process on the same stores, with its own cache of read model states."""
    return replace(site, documents=LiveDocuments(generations_of(site.documents).documents, FRESH))


def rebuild(site: Infrastructure, read_model: ReadModel = TOTALS, term: timedelta = timedelta(seconds=8)) -> Rebuild:
    """Return a rebuild in another process; `term` is the term of its lease."""
    return Rebuild(process(site), read_model, term=term, known_to_all=KNOWN_TO_ALL)


async def count(site: Infrastructure, *names: str, by: int = 1) -> None:
    """Increase counters by `by`, with one event per step."""
    for name in names:
        await counters(site).handle(name, Count(by), command_context())


async def history(site: Infrastructure) -> list[Envelope]:
    """Return all events of all counters."""
    return [envelope_of(event) async for page in site.events.read_all(categories=[CATEGORY]) for event in page]


async def follow(site: Infrastructure) -> None:
    """Project all events, as a consumer does."""
    await Projector(Totals(), site.documents, site.events).project(await history(site))


async def stored(site: Infrastructure, number: int, name: str) -> tuple[int, object]:
    """Return revision and body of a document in a read model version; -1 and None when there is none."""
    found = await generations_of(site.documents).documents.get(generation(Totals.collection, number), name)
    return (found.revision, orjson.loads(found.body) if found.body else None) if found else (-1, None)


async def read(site: Infrastructure, name: str) -> object:
    """Return the document that a process reads now."""
    found = await process(site).documents.get(Totals.collection, name)
    return orjson.loads(found.body) if found and found.body else None


@asynccontextmanager
async def busy(site: Infrastructure, *names: str) -> AsyncGenerator[None]:
    """Append events continuously during the block; two processes project them alternately."""
    stopping = asyncio.Event()

    async def work() -> None:
        processes = cycle([process(site), process(site)])
        for name, consumer in zip(cycle(names), processes, strict=False):
            await count(site, name)
            last = await site.events.last(f"{CATEGORY}-{name}")
            if last is None:
                raise AssertionError(f"{name} has no event after it was counted")
            await Projector(Totals(), consumer.documents, consumer.events).project([envelope_of(last)])
            if stopping.is_set():
                return

    working = asyncio.ensure_future(work())
    try:
        yield
    finally:
        stopping.set()
        await working
