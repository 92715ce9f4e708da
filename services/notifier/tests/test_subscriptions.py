"""Subscriptions over the embedded infrastructure: what a subscriber receives, and when."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import orjson
import pytest
import pytest_asyncio
from pydantic import JsonValue

from california_gold_contracts import catalog, job_view, jobs
from california_gold_contracts.event import Event
from california_gold_contracts.topics import JOBS
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder, envelope_of
from chassis.composition.embedded import embedded
from chassis.messaging.relay import Relay
from chassis.ports.document_store import Document
from chassis.ports.event_store import NO_STREAM, EventStore, StoredEvent
from chassis.ports.infrastructure import Infrastructure
from notifier.application.job_feed import JOBS as READ_MODEL
from notifier.application.job_feed import MAX_REPLAYED_EVENTS
from notifier.application.subscriber import SlowConsumer, Subscriber
from notifier.application.subscriptions import Subscriptions
from testkit.running import running

OWNER = 7


@pytest_asyncio.fixture
async def infrastructure(tmp_path: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data") as opened, running(Relay(opened, JOBS, ["job"]).run()):
        yield opened


@pytest_asyncio.fixture
async def subscriptions(infrastructure: Infrastructure) -> AsyncGenerator[Subscriptions]:
    opened = Subscriptions(infrastructure)
    async with running(opened.run()):
        yield opened


async def test_a_subscriber_receives_the_current_state_then_each_change(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await _submitted(infrastructure)
    await _record(infrastructure, _started(job))
    async with _subscribed(subscriptions, job, Subscriber(None)) as client:
        first = await client.next()
        await _record(infrastructure, _progressed(job, 40), _progressed(job, 80))
        later = [await client.next(), await client.next()]

    assert (first["status"], first["progress"]) == ("processing", 0)
    assert [job["progress"] for job in later] == [40, 80]


async def test_a_state_is_not_sent_before_the_read_model_has_reached_it(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await _submitted(infrastructure)
    async with _subscribed(subscriptions, job, Subscriber(None)) as client:
        await client.next()
        await _record(infrastructure, _completed(job), read_model=False)
        waiting = asyncio.ensure_future(client.next())
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done
        await _project(infrastructure, job, 1)
        assert (await waiting)["status"] == "completed"


async def test_sealed_texts_of_events_are_sent_as_the_read_model_shows_them(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await _submitted(infrastructure)
    async with _subscribed(subscriptions, job, Subscriber(OWNER)) as client:
        first = await client.next()
        described = jobs.JobDescribed(job_id=job, title="sealed:7:abc=", description="sealed:7:def=")
        await _record(infrastructure, described, read_model=False)
        await _project(infrastructure, job, 1, {"title": "CT", "description": "chest"})
        later = await client.next()
    async with _subscribed(subscriptions, job, Subscriber(OWNER), after=0) as client:
        replayed = await client.next()

    assert (first["title"], first["revision"]) == (None, 0)
    assert (later["title"], later["revision"]) == (replayed["title"], replayed["revision"]) == ("CT", 1)


async def test_with_after_every_missed_state_is_sent_once(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await _submitted(infrastructure)
    await _record(infrastructure, _started(job), _progressed(job, 40), _completed(job))
    async with _subscribed(subscriptions, job, Subscriber(OWNER), after=0) as client:
        received = [await client.next() for _ in range(3)]
        await _record(infrastructure, jobs.JobRequeued(job_id=job, attempt=2))
        received.append(await client.next())

    assert [job["revision"] for job in received] == [1, 2, 3, 4]


class _CountedReads:
    """An event store that counts the events that are read from streams."""

    def __init__(self, events: EventStore) -> None:
        self._events, self.count = events, 0

    async def read(self, stream: str, after: int = NO_STREAM, limit: int | None = None) -> Sequence[StoredEvent]:
        stored = await self._events.read(stream, after, limit)
        self.count += len(stored)
        return stored

    def __getattr__(self, name: str) -> Any:
        return getattr(self._events, name)


async def _with_history(infrastructure: Infrastructure, events: int) -> UUID:
    job = await _submitted(infrastructure)
    described = [jobs.JobDescribed(job_id=job, title=str(number), description=None) for number in range(events - 1)]
    await _record(infrastructure, *described)
    return job


async def test_a_socket_without_after_reads_nothing_of_the_stream(infrastructure: Infrastructure) -> None:
    job = await _with_history(infrastructure, 50)
    reads = _CountedReads(infrastructure.events)
    subscriptions = Subscriptions(replace(infrastructure, events=cast("EventStore", reads)))
    async with _subscribed(subscriptions, job, Subscriber(OWNER)) as client:
        assert (await client.next())["revision"] == 49
    assert reads.count == 0


async def test_a_long_history_is_replayed_in_pages(infrastructure: Infrastructure) -> None:
    job = await _with_history(infrastructure, 350)
    async with _subscribed(Subscriptions(infrastructure), job, Subscriber(OWNER), after=-1) as client:
        assert [(await client.next())["revision"] for _ in range(350)] == list(range(350))


async def test_of_a_job_with_too_many_events_only_the_current_state_is_sent(infrastructure: Infrastructure) -> None:
    job = await _with_history(infrastructure, MAX_REPLAYED_EVENTS + 1)
    reads = _CountedReads(infrastructure.events)
    subscriptions = Subscriptions(replace(infrastructure, events=cast("EventStore", reads)))
    async with _subscribed(subscriptions, job, Subscriber(None), after=-1) as client:
        assert "title" not in await client.next()
    assert reads.count == 0


async def test_a_job_that_is_submitted_later_is_sent_to_its_waiting_subscribers(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = uuid4()
    async with _subscribed(subscriptions, job, Subscriber(None)) as client:
        unknown = await client.text()
        await _submitted(infrastructure, job)
        submitted = await client.next()

    assert json.loads(unknown)["type"] == "job.not_found"
    assert submitted["status"] == "queued"


async def test_only_the_owner_receives_more_than_four_fields(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await _submitted(infrastructure)
    async with (
        _subscribed(subscriptions, job, Subscriber(None)) as anonymous,
        _subscribed(subscriptions, job, Subscriber(OWNER + 1)) as stranger,
        _subscribed(subscriptions, job, Subscriber(OWNER)) as owner,
    ):
        jobs_received = [await client.next() for client in (anonymous, stranger, owner)]

    assert [len(job) > 4 for job in jobs_received] == [False, False, True]


async def test_with_owner_only_another_users_job_is_not_found(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await _submitted(infrastructure)
    async with _subscribed(subscriptions, job, Subscriber(OWNER + 1, owner_only=True)) as client:
        first = await client.text()
        await _record(infrastructure, _started(job))
        second = await client.text()

    assert {json.loads(text)["type"] for text in (first, second)} == {"job.not_found"}


async def test_a_slow_consumer_is_dropped_and_delays_nobody(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await _submitted(infrastructure)
    slow = Subscriber(None)
    for _ in range(600):
        slow.send("noise")
    async with _subscribed(subscriptions, job, slow), _subscribed(subscriptions, job, Subscriber(None)) as client:
        await client.next()
        await _record(infrastructure, _started(job))
        assert (await client.next())["status"] == "processing"

    with pytest.raises(SlowConsumer):
        await anext(slow.messages())


async def test_a_deleted_job_is_sent_as_not_found(infrastructure: Infrastructure, subscriptions: Subscriptions) -> None:
    job = await _submitted(infrastructure)
    async with _subscribed(subscriptions, job, Subscriber(OWNER)) as client:
        await client.next()
        await _record(infrastructure, jobs.JobDeleted(job_id=job))
        not_found = await client.text()

    assert json.loads(not_found) == {"type": "job.not_found", "job_id": str(job)}


class Client:
    def __init__(self, subscriber: Subscriber) -> None:
        self._messages = subscriber.messages()

    async def text(self) -> str:
        async with asyncio.timeout(10):
            return await anext(self._messages)

    async def next(self) -> dict[str, Any]:
        return json.loads(await self.text())["job"]


@asynccontextmanager
async def _subscribed(
    subscriptions: Subscriptions, job: UUID, subscriber: Subscriber, after: int | None = None
) -> AsyncGenerator[Client]:
    async with running(subscriptions.connect(str(job), subscriber, after)):
        yield Client(subscriber)


async def _submitted(infrastructure: Infrastructure, job: UUID | None = None) -> UUID:
    job = job or uuid4()
    await _record(
        infrastructure,
        jobs.JobSubmitted(job_id=job, number=1, owner_id=OWNER, title=None, description=None, input=None),
    )
    return job


def _started(job: UUID) -> Event:
    return jobs.AnalysisStarted(job_id=job, attempt=1, analyzer="a")


def _progressed(job: UUID, progress: int) -> Event:
    return jobs.AnalysisProgressed(job_id=job, attempt=1, progress=progress, stage="decode")


def _completed(job: UUID) -> Event:
    return jobs.AnalysisCompleted(job_id=job, attempt=1, results={}, artifacts=())


async def _record(infrastructure: Infrastructure, *events: jobs.JobEvent | Event, read_model: bool = True) -> None:
    job = events[0].model_dump()["job_id"]
    stream = f"job-{job}"
    last = await infrastructure.events.last(stream)
    context = CommandContext(uuid4(), "user:7", "c")
    recorded = Recorder("/tests", infrastructure.clock.now()).record(events, context, stream, last)
    revision = await infrastructure.events.append(stream, recorded, last.revision if last else NO_STREAM)
    if read_model:
        await _project(infrastructure, job, revision)


async def _project(
    infrastructure: Infrastructure, job: UUID, revision: int, texts: Mapping[str, JsonValue] | None = None
) -> None:
    view: job_view.JobView | None = None
    for stored in await infrastructure.events.read(f"job-{job}", limit=revision + 1):
        view = job_view.apply(view, catalog.JOBS.decode(stored.type, stored.data), envelope_of(stored))
    body = None if view is None else orjson.dumps({**view, **(texts or {})})
    await infrastructure.documents.put_newer(
        READ_MODEL, [Document(str(job), revision, body, {"owner_id": OWNER, "number": 1})]
    )
