"""In any order, with duplicates and crashes, the statistics are those of the whole histories."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, count
from random import Random
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from california_gold_contracts.envelope import Envelope
from chassis.ports.document_store import Collection, Document, DocumentStore
from chassis.ports.infrastructure import Infrastructure
from jobs_query.statistics.job_states import JobStatesProjection
from jobs_query.statistics.queries import StatisticsQueries
from jobs_query.statistics.schemas import stats
from jobs_query.statistics.statistics import Statistics
from jobs_query.statistics.statistics_store import STATISTICS, SYSTEM, scope_of
from jobs_query.statistics.statistics_updater import ShardedEvent, StatisticsUpdater
from testkit.eventually import eventually
from testkit.job_histories import UNKNOWN_TYPE, computed_statistics, normalized, store_history

START = datetime(2024, 1, 1, tzinfo=UTC)
OWNERS, MAX_BATCH = (1, 2), 8
SHARDS = count(1)


class Crash(Exception):
    """Stands for a process that is killed."""


@dataclass
class CrashingDocuments:
    """A document store that crashes the process before write number `crash_at` to a collection."""

    documents: DocumentStore
    crash_before: Collection
    crash_at: int | None = None
    writes: int = field(default=0, init=False)

    def __getattr__(self, name: str) -> object:
        return getattr(self.documents, name)

    async def put_newer(self, collection: Collection, documents: Sequence[Document]) -> None:
        if collection == self.crash_before:
            self.writes += 1
            if self.writes == self.crash_at:
                raise Crash
        await self.documents.put_newer(collection, documents)


@dataclass
class PausingDocuments:
    """A document store that pauses the process before a write to a collection."""

    documents: DocumentStore
    pause_before: Collection
    paused: bool = False
    resume: asyncio.Event = field(default_factory=asyncio.Event)

    def __getattr__(self, name: str) -> object:
        return getattr(self.documents, name)

    async def put_newer(self, collection: Collection, documents: Sequence[Document]) -> None:
        if collection == self.pause_before:
            self.paused = True
            await self.resume.wait()
        await self.documents.put_newer(collection, documents)


async def statistics_of(infrastructure: Infrastructure, scope: str, shards: Sequence[int]) -> Statistics:
    total = Statistics()
    found = await infrastructure.documents.get_many(STATISTICS, [f"{scope}/{shard}" for shard in shards])
    for document in found.values():
        total.merge(Statistics.from_json(document.body or b"{}"))
    return total


def batches(random: Random, deliveries: Sequence[Envelope]) -> Sequence[Sequence[Envelope]]:
    """Split into batches of at most `MAX_BATCH`."""
    found, position = list[Sequence[Envelope]](), 0
    while position < len(deliveries):
        size = random.randint(1, MAX_BATCH)
        found.append(deliveries[position : position + size])
        position += size
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), crash_before=st.sampled_from([STATISTICS, JobStatesProjection.collection]))
async def test_any_order_with_duplicates_and_crashes_leads_to_the_statistics_of_the_whole_history(
    infrastructure: Infrastructure, seed: int, crash_before: Collection
):
    random, shard = Random(seed), next(SHARDS)
    histories = [await store_history(infrastructure.events, random, START, OWNERS, 10) for _ in range(4)]
    events = [envelope for history in histories for envelope in history]
    deliveries = random.sample(events * 2, 2 * len(events))

    queue = list(batches(random, deliveries))
    while queue:
        crashing = CrashingDocuments(infrastructure.documents, crash_before, random.choice([None, 1, 2]))
        updater = StatisticsUpdater(cast("DocumentStore", crashing), infrastructure.events, MAX_BATCH)
        batch = queue.pop(0)
        try:
            await updater.count_sharded([ShardedEvent(event, shard) for event in batch])
        except Crash:
            # Unacknowledged events are redelivered first, perhaps in other batches.
            queue = [*batches(random, batch), *queue]

    assert normalized(await statistics_of(infrastructure, SYSTEM, [shard])) == computed_statistics(histories)
    for owner_id in OWNERS:
        own = normalized(await statistics_of(infrastructure, scope_of(owner_id), [shard]))
        assert own == computed_statistics(histories, owner_id)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), pause_before=st.sampled_from([STATISTICS, JobStatesProjection.collection]))
async def test_a_paused_process_that_resumes_after_its_replacement_changes_nothing(
    infrastructure: Infrastructure, seed: int, pause_before: Collection
):
    random, shard = Random(seed), next(SHARDS)
    histories = [await store_history(infrastructure.events, random, START, OWNERS, 6) for _ in range(4)]
    log = [
        ShardedEvent(event, shard, offset) for offset, event in enumerate(e for history in histories for e in history)
    ]
    started, resumed = sorted(random.choices(range(len(log)), k=2))

    replacement = StatisticsUpdater(infrastructure.documents, infrastructure.events, MAX_BATCH)
    pausing = PausingDocuments(infrastructure.documents, pause_before)
    outdated = StatisticsUpdater(cast("DocumentStore", pausing), infrastructure.events, MAX_BATCH)
    await count_in_batches(replacement, random, log[:started])
    paused_task = asyncio.ensure_future(outdated.count_sharded(log[started : started + random.randint(1, MAX_BATCH)]))

    async def is_paused() -> bool:
        return pausing.paused or paused_task.done()

    await eventually(is_paused)
    await count_in_batches(replacement, random, log[started:resumed])
    pausing.resume.set()
    await paused_task
    await count_in_batches(replacement, random, log[resumed:])

    assert normalized(await statistics_of(infrastructure, SYSTEM, [shard])) == computed_statistics(histories)


async def count_in_batches(updater: StatisticsUpdater, random: Random, log: Sequence[ShardedEvent]) -> None:
    while log:
        size = random.randint(1, MAX_BATCH)
        await updater.count_sharded(log[:size])
        log = log[size:]


async def test_statistics_do_not_depend_on_the_number_of_shards(infrastructure: Infrastructure):
    random = Random(7)
    histories = [await store_history(infrastructure.events, random, START, OWNERS, 10) for _ in range(30)]
    updater = StatisticsUpdater(infrastructure.documents, infrastructure.events)
    for number, history in enumerate(histories):
        await updater.count_sharded([ShardedEvent(event, number % 3) for event in history])
    as_of = max(envelope.time for history in histories for envelope in history)
    answers = [
        stats(statistics, "system", as_of)
        for statistics in (await StatisticsQueries(infrastructure.documents).of(SYSTEM), computed_statistics(histories))
    ]
    assert answers[0] == answers[1]
    assert answers[0].windows.last_day.submitted == len(histories)


async def test_events_of_unknown_types_are_skipped_and_counted_as_skipped(infrastructure: Infrastructure):
    random = Random(1)
    histories = [await store_history(infrastructure.events, random, START, OWNERS, 5) for _ in range(20)]
    updater = StatisticsUpdater(infrastructure.documents, infrastructure.events)
    await updater.count([envelope for history in histories for envelope in history])
    unknown = sum(envelope.type == UNKNOWN_TYPE for history in histories for envelope in history)
    assert unknown > 0
    assert updater.not_counted == {"unknown type": unknown}


async def test_a_batch_takes_four_round_trips_for_any_number_of_jobs_and_owners(infrastructure: Infrastructure):
    random = Random(3)
    histories = [await store_history(infrastructure.events, random, START, range(1, 51), 5) for _ in range(100)]
    calls = list[str]()

    class RecordingDocuments:
        def __getattr__(self, name: str) -> object:
            calls.append(name)
            return getattr(infrastructure.documents, name)

    await StatisticsUpdater(cast("DocumentStore", RecordingDocuments()), infrastructure.events).count(
        list(chain(*histories))
    )
    assert sorted(calls) == ["get_many", "get_many", "put_newer", "put_newer"]


@pytest.mark.parametrize("times", [1, 2])
async def test_a_missing_event_is_read_from_the_store_and_counted_once(infrastructure: Infrastructure, times: int):
    random = Random(5)
    history = max([await store_history(infrastructure.events, random, START, [1], 10) for _ in range(10)], key=len)
    updater = StatisticsUpdater(infrastructure.documents, infrastructure.events)
    for _ in range(times):
        await updater.count([history[-1]])
        await updater.count(history[1:3])
    assert normalized(await StatisticsQueries(infrastructure.documents).of(SYSTEM)) == computed_statistics([history])
