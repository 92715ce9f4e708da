"""Rebuilds of the read model of counters, among processes that learn of a change quickly."""

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
    """The read model after a change of its code."""

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        """Sum up the totals too."""
        after = super().apply(view, event, envelope)
        return None if after is None else {**after, "sum": _int(view, "sum") + _int(after, "total")}


class Failing(Totals):
    """Code that cannot digest the fifth event of a stream."""

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
    """Another process on the same servers, with knowledge of its own."""
    return replace(site, documents=LiveDocuments(generations_of(site.documents).documents, FRESH))


def rebuild(site: Infrastructure, read_model: ReadModel = TOTALS, term: timedelta = timedelta(seconds=8)) -> Rebuild:
    """Return a rebuild in another process; `term` is its lease's."""
    return Rebuild(process(site), read_model, term=term, known_to_all=KNOWN_TO_ALL)


async def count(site: Infrastructure, *names: str, by: int = 1) -> None:
    """Count up by `by`, one event a step."""
    for name in names:
        await counters(site).handle(name, Count(by), command_context())


async def history(site: Infrastructure) -> list[Envelope]:
    """Return all events of counters."""
    return [envelope_of(event) async for page in site.events.read_all(categories=[CATEGORY]) for event in page]


async def follow(site: Infrastructure) -> None:
    """Project all events, as a consumer does."""
    await Projector(Totals(), site.documents, site.events).project(await history(site))


async def stored(site: Infrastructure, number: int, name: str) -> tuple[int, object]:
    """Return the revision and body of a document in a generation; -1 and None where there is none."""
    found = await generations_of(site.documents).documents.get(generation(Totals.collection, number), name)
    return (found.revision, orjson.loads(found.body) if found.body else None) if found else (-1, None)


async def read(site: Infrastructure, name: str) -> object:
    """Return what a process reads now."""
    found = await process(site).documents.get(Totals.collection, name)
    return orjson.loads(found.body) if found and found.body else None


@asynccontextmanager
async def busy(site: Infrastructure, *names: str) -> AsyncGenerator[None]:
    """Events happen without a pause, and two processes project them, each event in one of them."""
    over = asyncio.Event()

    async def work() -> None:
        processes = cycle([process(site), process(site)])
        for name, me in zip(cycle(names), processes, strict=False):
            await count(site, name)
            last = await site.events.last(f"{CATEGORY}-{name}")
            if last is None:
                raise AssertionError(f"{name} was counted and has no event")
            await Projector(Totals(), me.documents, me.events).project([envelope_of(last)])
            if over.is_set():
                return

    working = asyncio.ensure_future(work())
    try:
        yield
    finally:
        over.set()
        await working
