import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import orjson
import pytest

from california_gold_contracts.envelope import Envelope
from chassis.commands.recording import Recorder, envelope_of
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.projector import Projector
from testkit.counters import SOURCE, Count, Removed, Totals, command_context, counters
from testkit.rebuilds import project_log

TOTALS = Totals()


@dataclass
class RecordingStore:
    """A document store that records what is read, and refuses writes while it is unavailable."""

    documents: DocumentStore
    is_unavailable: bool = False
    reads: list[list[str]] = field(default_factory=list[list[str]])

    async def get_many(self, collection: Collection, ids: Sequence[str]) -> Mapping[str, Document]:
        self.reads.append(list(ids))
        return await self.documents.get_many(collection, ids)

    async def put_newer(self, collection: Collection, documents: Sequence[Document]) -> None:
        if self.is_unavailable:
            raise StoreUnavailable("unavailable")
        await self.documents.put_newer(collection, documents)


async def _history(infrastructure: Infrastructure, *names: str, steps: int = 5) -> list[Envelope]:
    for name in names:
        await counters(infrastructure).handle(name, Count(steps), command_context())
    return [envelope_of(event) async for page in infrastructure.events.read_all() for event in page]


async def _view(infrastructure: Infrastructure, name: str) -> tuple[int, object]:
    stored = await infrastructure.documents.get(TOTALS.collection, name)
    assert stored is not None
    return stored.revision, orjson.loads(stored.body) if stored.body else None


@pytest.fixture
def projector(infrastructure: Infrastructure) -> Projector:
    return Projector(TOTALS, infrastructure.documents, infrastructure.events)


async def test_events_become_documents(infrastructure: Infrastructure, projector: Projector) -> None:
    await projector.project(await _history(infrastructure, "a", "b"))

    assert await _view(infrastructure, "a") == await _view(infrastructure, "b") == (4, {"total": 5, "seen": 5})


async def test_duplicate_events_change_nothing(infrastructure: Infrastructure, projector: Projector) -> None:
    history = await _history(infrastructure, "a")
    await projector.project(history)

    await projector.project(history)
    await projector.project(history[:2])

    assert await _view(infrastructure, "a") == (4, {"total": 5, "seen": 5})


async def test_a_gap_is_filled_from_the_event_store(infrastructure: Infrastructure, projector: Projector) -> None:
    history = await _history(infrastructure, "a")

    await projector.project([history[0], history[3]])

    assert await _view(infrastructure, "a") == (4, {"total": 5, "seen": 5})


@pytest.mark.parametrize("seed", range(5))
async def test_events_in_any_order_and_duplicated_give_the_same_document(
    infrastructure: Infrastructure, projector: Projector, seed: int
) -> None:
    history = await _history(infrastructure, "a", "b") * 2
    random.Random(seed).shuffle(history)

    for start in range(0, len(history), 3):
        await projector.project(history[start : start + 3])

    assert await _view(infrastructure, "b") == (4, {"total": 5, "seen": 5})


async def test_a_deleted_document_stays_deleted(infrastructure: Infrastructure, projector: Projector) -> None:
    history = await _history(infrastructure, "a")
    last = (await infrastructure.events.read("counter-a"))[-1]
    removal = Recorder(SOURCE, infrastructure.clock.now()).record([Removed()], command_context(), "counter-a", last)
    await infrastructure.events.append("counter-a", removal, last.revision)
    await projector.project([envelope_of(event) for event in await infrastructure.events.read("counter-a", after=4)])

    await projector.project(history)

    assert await _view(infrastructure, "a") == (5, None)


async def test_an_event_of_an_unknown_type_is_skipped_and_its_revision_counts(
    infrastructure: Infrastructure, projector: Projector
) -> None:
    history = await _history(infrastructure, "a", steps=1)
    newer = Envelope(history[0].id, "counters.renamed.v7", SOURCE, "a", history[0].time, b"{}", "counter-a", 1)

    await projector.project([*history, newer])

    assert await _view(infrastructure, "a") == (1, {"total": 1, "seen": 1})


async def test_projecting_the_log_gives_the_same_documents_as_following_it(
    infrastructure: Infrastructure, projector: Projector
) -> None:
    await projector.project(await _history(infrastructure, "a", "b"))
    followed = await infrastructure.documents.find(TOTALS.collection, {"total": 5}, order="seen")
    await infrastructure.documents.delete(TOTALS.collection, ["a", "b"])

    count = await project_log(infrastructure.events, ["counter"], Projector(TOTALS, infrastructure.documents, None))

    rebuilt = await infrastructure.documents.find(TOTALS.collection, {"total": 5}, order="seen")
    assert count == 10
    assert [(found.id, found.revision, found.body) for found in rebuilt] == [
        (found.id, found.revision, found.body) for found in followed
    ]


async def test_a_first_event_and_a_cached_document_need_no_read(infrastructure: Infrastructure) -> None:
    documents = RecordingStore(infrastructure.documents)
    history = await _history(infrastructure, "a", "b")
    first, second = (Projector(TOTALS, cast("DocumentStore", documents), infrastructure.events) for _ in range(2))

    await first.project(history[:7])
    await first.project(history[7:9])
    assert documents.reads == []
    await second.project(history[9:])

    assert documents.reads == [["b"]]
    assert await _view(infrastructure, "b") == (4, {"total": 5, "seen": 5})


@pytest.mark.parametrize("first", [2, 3, 4])
async def test_events_that_another_process_projected_are_neither_lost_nor_applied_twice(
    infrastructure: Infrastructure, projector: Projector, first: int
) -> None:
    history = await _history(infrastructure, "a")
    await projector.project(history[:2])
    await Projector(TOTALS, infrastructure.documents, infrastructure.events).project(history[:4])

    await projector.project(history[first:4])
    await projector.project(history[4:])

    assert await _view(infrastructure, "a") == (4, {"total": 5, "seen": 5})


async def test_a_document_that_could_not_be_written_is_not_cached(infrastructure: Infrastructure) -> None:
    documents = RecordingStore(infrastructure.documents)
    projector = Projector(TOTALS, cast("DocumentStore", documents), infrastructure.events)
    history = await _history(infrastructure, "a")
    await projector.project(history[:1])
    documents.is_unavailable = True
    with pytest.raises(StoreUnavailable):
        await projector.project(history[1:3])
    documents.is_unavailable = False

    await projector.project(history[3:])

    assert documents.reads == [["a"]]
    assert await _view(infrastructure, "a") == (4, {"total": 5, "seen": 5})
