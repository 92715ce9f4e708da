"""However events come, and whenever the counter dies, the statistics are those of the jobs' whole lives."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from california_gold_contracts.envelope import Envelope
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.infrastructure import Infrastructure
from jobs_query.statistics.job_state import JobStates
from jobs_query.statistics.ledger import Ledger, Received
from jobs_query.statistics.queries import StatisticsQueries
from jobs_query.statistics.schemas import stats
from jobs_query.statistics.statistics import Statistics
from jobs_query.statistics.statistics_store import STATISTICS, SYSTEM, scope_of
from testkit.eventually import eventually
from testkit.job_histories import UNKNOWN_TYPE, happened, reckoned, settled

START = datetime(2024, 1, 1, tzinfo=UTC)
OWNERS, AT_ONCE = (1, 2), 8
SHARDS = count(1)


class Died(Exception):
    """Stands for a process that is killed."""


@dataclass
class DyingDocuments:
    """A document store in whose use the process dies, when some collection is written to the `dies_at`th time."""

    documents: DocumentStore
    dies_before: Collection
    dies_at: int | None = None
    writes: int = field(default=0, init=False)

    def __getattr__(self, name: str) -> object:
        return getattr(self.documents, name)

    async def put_newer(self, collection: Collection, documents: Sequence[Document]) -> None:
        if collection == self.dies_before:
            self.writes += 1
            if self.writes == self.dies_at:
                raise Died
        await self.documents.put_newer(collection, documents)


@dataclass
class StallingDocuments:
    """A document store in whose use the process stops for a while, before some collection is written."""

    documents: DocumentStore
    stalls_before: Collection
    stalled: bool = False
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    def __getattr__(self, name: str) -> object:
        return getattr(self.documents, name)

    async def put_newer(self, collection: Collection, documents: Sequence[Document]) -> None:
        if collection == self.stalls_before:
            self.stalled = True
            await self.goes_on.wait()
        await self.documents.put_newer(collection, documents)


async def figures_of(infrastructure: Infrastructure, scope: str, shards: Sequence[int]) -> Statistics:
    total = Statistics()
    found = await infrastructure.documents.get_many(STATISTICS, [f"{scope}/{shard}" for shard in shards])
    for document in found.values():
        total.absorb(Statistics.model_validate_json(document.body or b"{}"))
    return total


def batches(random: Random, deliveries: Sequence[Envelope]) -> Sequence[Sequence[Envelope]]:
    """Cut into pieces of at most `AT_ONCE`."""
    pieces, place = list[Sequence[Envelope]](), 0
    while place < len(deliveries):
        size = random.randint(1, AT_ONCE)
        pieces.append(deliveries[place : place + size])
        place += size
    return pieces


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), dies_before=st.sampled_from([STATISTICS, JobStates.collection]))
async def test_any_order_with_duplicates_and_deaths_leads_to_the_figures_of_the_whole_history(
    infrastructure: Infrastructure, seed: int, dies_before: Collection
):
    random, shard = Random(seed), next(SHARDS)
    lives = [await happened(infrastructure.events, random, START, OWNERS, 10) for _ in range(4)]
    every = [envelope for life in lives for envelope in life]
    deliveries = random.sample(every * 2, 2 * len(every))

    queue = list(batches(random, deliveries))
    while queue:
        dying = DyingDocuments(infrastructure.documents, dies_before, random.choice([None, 1, 2]))
        ledger = Ledger(cast("DocumentStore", dying), infrastructure.events, AT_ONCE)
        batch = queue.pop(0)
        try:
            await ledger.count_received([Received(event, shard) for event in batch])
        except Died:
            # What was not acknowledged comes again before anything else, but perhaps cut otherwise.
            queue = [*batches(random, batch), *queue]

    assert settled(await figures_of(infrastructure, SYSTEM, [shard])) == reckoned(lives)
    for owner_id in OWNERS:
        own = settled(await figures_of(infrastructure, scope_of(owner_id), [shard]))
        assert own == reckoned(lives, owner_id)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), stalls_before=st.sampled_from([STATISTICS, JobStates.collection]))
async def test_a_process_that_was_given_up_for_dead_and_writes_once_more_spoils_nothing(
    infrastructure: Infrastructure, seed: int, stalls_before: Collection
):
    random, shard = Random(seed), next(SHARDS)
    lives = [await happened(infrastructure.events, random, START, OWNERS, 6) for _ in range(4)]
    log = [Received(event, shard, offset) for offset, event in enumerate(e for life in lives for e in life)]
    begun, resumed = sorted(random.choices(range(len(log)), k=2))

    living = Ledger(infrastructure.documents, infrastructure.events, AT_ONCE)
    stalling = StallingDocuments(infrastructure.documents, stalls_before)
    zombie = Ledger(cast("DocumentStore", stalling), infrastructure.events, AT_ONCE)
    await in_pieces(living, random, log[:begun])
    at_work = asyncio.ensure_future(zombie.count_received(log[begun : begun + random.randint(1, AT_ONCE)]))

    async def stands_still() -> bool:
        return stalling.stalled or at_work.done()

    await eventually(stands_still)
    await in_pieces(living, random, log[begun:resumed])
    stalling.goes_on.set()
    await at_work
    await in_pieces(living, random, log[resumed:])

    assert settled(await figures_of(infrastructure, SYSTEM, [shard])) == reckoned(lives)


async def in_pieces(ledger: Ledger, random: Random, log: Sequence[Received]) -> None:
    while log:
        size = random.randint(1, AT_ONCE)
        await ledger.count_received(log[:size])
        log = log[size:]


async def test_shards_that_share_the_jobs_come_to_the_same(infrastructure: Infrastructure):
    random = Random(7)
    lives = [await happened(infrastructure.events, random, START, OWNERS, 10) for _ in range(30)]
    ledger = Ledger(infrastructure.documents, infrastructure.events)
    for number, life in enumerate(lives):
        await ledger.count_received([Received(event, number % 3) for event in life])
    as_of = max(envelope.time for life in lives for envelope in life)
    answers = [
        stats(statistics, "system", as_of)
        for statistics in (await StatisticsQueries(infrastructure.documents).of(SYSTEM), reckoned(lives))
    ]
    assert answers[0] == answers[1]
    assert answers[0].windows.last_day.submitted == len(lives)


async def test_what_nobody_knows_is_left_out_and_noted(infrastructure: Infrastructure):
    random = Random(1)
    lives = [await happened(infrastructure.events, random, START, OWNERS, 5) for _ in range(20)]
    ledger = Ledger(infrastructure.documents, infrastructure.events)
    await ledger.count([envelope for life in lives for envelope in life])
    unknown = sum(envelope.type == UNKNOWN_TYPE for life in lives for envelope in life)
    assert unknown > 0
    assert ledger.not_counted == {"unknown type": unknown}


async def test_a_batch_takes_four_round_trips_however_many_jobs_and_owners_it_is_about(infrastructure: Infrastructure):
    random = Random(3)
    lives = [await happened(infrastructure.events, random, START, range(1, 51), 5) for _ in range(100)]
    asked = list[str]()

    class Watched:
        def __getattr__(self, name: str) -> object:
            asked.append(name)
            return getattr(infrastructure.documents, name)

    await Ledger(cast("DocumentStore", Watched()), infrastructure.events).count([e for life in lives for e in life])
    assert sorted(asked) == ["get_many", "get_many", "put_newer", "put_newer"]


@pytest.mark.parametrize("times", [1, 2])
async def test_an_event_that_is_missing_is_fetched_and_counted_once(infrastructure: Infrastructure, times: int):
    random = Random(5)
    life = max([await happened(infrastructure.events, random, START, [1], 10) for _ in range(10)], key=len)
    ledger = Ledger(infrastructure.documents, infrastructure.events)
    for _ in range(times):
        await ledger.count([life[-1]])
        await ledger.count(life[1:3])
    assert settled(await StatisticsQueries(infrastructure.documents).of(SYSTEM)) == reckoned([life])
