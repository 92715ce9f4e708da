"""Rebuilds of the counters' read model, with processes that read a change quickly."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import cycle

import orjson

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.topics import Topic
from chassis.commands.recording import envelope_of
from chassis.ports.event_store import START, EventStore
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.live_documents import LiveDocuments, versions_of
from chassis.projections.projector import Projector, View
from chassis.projections.read_model import ReadModel, projector_factory
from chassis.projections.rebuilding import Rebuild, read_batches
from chassis.projections.versions import version_collection
from testkit.counters import CATEGORY, Count, Totals, command_context, counters

MAX_AGE_SECONDS, PROPAGATION_SECONDS = 0.05, 0.08
TOPIC = Topic("tests.counters", "tests", "counter")
TOTALS = ReadModel(Totals.collection, [CATEGORY], projector_factory(Totals()), "relay:tests.counters", TOPIC)


class Doubled(Totals):
    """The read model with changed code: it also sums up the totals."""

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        """Add the sum of the totals."""
        after = super().apply(view, event, envelope)
        return None if after is None else {**after, "sum": _int(view, "sum") + _int(after, "total")}


class Failing(Totals):
    """A projection that raises on the fifth event of a stream."""

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        """Raise on revision 4."""
        if envelope.revision == 4:
            raise KeyError("no")
        return super().apply(view, event, envelope)


def _int(view: View | None, name: str) -> int:
    value = view.get(name, 0) if view else 0
    if not isinstance(value, int):
        raise TypeError(name)
    return value


def process(site: Infrastructure) -> Infrastructure:
    """Return another process on the same servers, with its own cached state."""
    return replace(site, documents=LiveDocuments(versions_of(site.documents).documents, MAX_AGE_SECONDS))


def rebuild(site: Infrastructure, read_model: ReadModel = TOTALS, term: timedelta = timedelta(seconds=8)) -> Rebuild:
    """Return a rebuild in another process; `term` is that of its lease."""
    return Rebuild(process(site), read_model, term=term, propagation_seconds=PROPAGATION_SECONDS)


async def project_log(events: EventStore, categories: Sequence[str], projector: Projector) -> int:
    """Project all events of some categories; return their number. For an empty collection that no process uses."""
    count = 0
    async for batch, _ in read_batches(events, START, categories):
        await projector.project(batch)
        count += len(batch)
    return count


async def count(site: Infrastructure, *names: str, by: int = 1) -> None:
    """Count up by `by`, one event per step."""
    for name in names:
        await counters(site).handle(name, Count(by), command_context())


async def history(site: Infrastructure) -> list[Envelope]:
    """Return all events of all counters."""
    return [envelope_of(event) async for page in site.events.read_all(categories=[CATEGORY]) for event in page]


async def follow(site: Infrastructure) -> None:
    """Project all events, as a consumer does."""
    await Projector(Totals(), site.documents, site.events).project(await history(site))


async def stored(site: Infrastructure, number: int, name: str) -> tuple[int, object]:
    """Return the revision and body of a document in a version; -1 and None where there is none."""
    found = await versions_of(site.documents).documents.get(version_collection(Totals.collection, number), name)
    return (found.revision, orjson.loads(found.body) if found.body else None) if found else (-1, None)


async def read(site: Infrastructure, name: str) -> object:
    """Return the document that another process reads."""
    found = await process(site).documents.get(Totals.collection, name)
    return orjson.loads(found.body) if found and found.body else None


@asynccontextmanager
async def busy(site: Infrastructure, *names: str) -> AsyncGenerator[None]:
    """Append events without a pause, while two processes project them, each event in one of the two."""
    stopped = asyncio.Event()

    async def work() -> None:
        processes = cycle([process(site), process(site)])
        for name, projecting in zip(cycle(names), processes, strict=False):
            await count(site, name)
            last = await site.events.last(f"{CATEGORY}-{name}")
            if last is None:
                raise AssertionError(f"{name} was counted and has no event")
            await Projector(Totals(), projecting.documents, projecting.events).project([envelope_of(last)])
            if stopped.is_set():
                return

    working = asyncio.ensure_future(work())
    try:
        yield
    finally:
        stopped.set()
        await working
