"""Subscriptions over the embedded infrastructure: what a subscriber receives, and when."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import pytest

from california_gold_contracts import jobs
from chassis.ports.event_store import NO_STREAM, EventStore, StoredEvent
from chassis.ports.infrastructure import Infrastructure
from notifier.application.job_feed import MAX_REPLAYED_EVENTS
from notifier.application.subscriber import SlowConsumer, Subscriber
from notifier.application.subscriptions import Subscriptions
from services.notifier.tests.subscribing import (
    OWNER,
    completed,
    progressed,
    project,
    record,
    started,
    submitted,
    subscribed,
    subscriptions_of,
)
from testkit.eventually import eventually


async def test_a_subscriber_receives_the_current_state_then_each_change(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await submitted(infrastructure)
    await record(infrastructure, started(job))
    async with subscribed(subscriptions, job, Subscriber(None)) as client:
        first = await client.next()
        await record(infrastructure, progressed(job, 40), progressed(job, 80))
        later = [await client.next(), await client.next()]

    assert (first["status"], first["progress"]) == ("processing", 0)
    assert [job["progress"] for job in later] == [40, 80]


async def test_a_state_is_not_sent_before_the_read_model_has_reached_it(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await submitted(infrastructure)
    async with subscribed(subscriptions, job, Subscriber(None)) as client:
        await client.next()
        await record(infrastructure, completed(job), read_model=False)
        waiting = asyncio.ensure_future(client.next())
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done
        await project(infrastructure, job, 1)
        assert (await waiting)["status"] == "completed"


async def test_sealed_texts_of_events_are_sent_as_the_read_model_shows_them(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await submitted(infrastructure)
    async with subscribed(subscriptions, job, Subscriber(OWNER)) as client:
        first = await client.next()
        described = jobs.JobDescribed(job_id=job, title="sealed:7:abc=", description="sealed:7:def=")
        await record(infrastructure, described, read_model=False)
        await project(infrastructure, job, 1, {"title": "CT", "description": "chest"})
        later = await client.next()
    async with subscribed(subscriptions, job, Subscriber(OWNER), after=0) as client:
        replayed = await client.next()

    assert (first["title"], first["revision"]) == (None, 0)
    assert (later["title"], later["revision"]) == (replayed["title"], replayed["revision"]) == ("CT", 1)


async def test_with_after_every_missed_state_is_sent_once(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await submitted(infrastructure)
    await record(infrastructure, started(job), progressed(job, 40), completed(job))
    async with subscribed(subscriptions, job, Subscriber(OWNER), after=0) as client:
        received = [await client.next() for _ in range(3)]
        await record(infrastructure, jobs.JobRequeued(job_id=job, attempt=2))
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
    job = await submitted(infrastructure)
    described = [jobs.JobDescribed(job_id=job, title=str(number), description=None) for number in range(events - 1)]
    await record(infrastructure, *described)
    return job


async def test_a_socket_without_after_reads_nothing_of_the_stream(infrastructure: Infrastructure) -> None:
    job = await _with_history(infrastructure, 50)
    reads = _CountedReads(infrastructure.events)
    subscriptions = subscriptions_of(replace(infrastructure, events=cast("EventStore", reads)))
    async with subscribed(subscriptions, job, Subscriber(OWNER)) as client:
        assert (await client.next())["revision"] == 49
    assert reads.count == 0


async def test_a_long_history_is_replayed_in_pages(infrastructure: Infrastructure) -> None:
    job = await _with_history(infrastructure, 350)
    async with subscribed(subscriptions_of(infrastructure), job, Subscriber(OWNER), after=-1) as client:
        assert [(await client.next())["revision"] for _ in range(350)] == list(range(350))


async def test_of_a_job_with_too_many_events_only_the_current_state_is_sent(infrastructure: Infrastructure) -> None:
    job = await _with_history(infrastructure, MAX_REPLAYED_EVENTS + 1)
    reads = _CountedReads(infrastructure.events)
    subscriptions = subscriptions_of(replace(infrastructure, events=cast("EventStore", reads)))
    async with subscribed(subscriptions, job, Subscriber(None), after=-1) as client:
        assert "title" not in await client.next()
    assert reads.count == 0


async def test_only_the_owner_receives_more_than_four_fields(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await submitted(infrastructure)
    async with (
        subscribed(subscriptions, job, Subscriber(None)) as anonymous,
        subscribed(subscriptions, job, Subscriber(OWNER + 1)) as stranger,
        subscribed(subscriptions, job, Subscriber(OWNER)) as owner,
    ):
        jobs_received = [await client.next() for client in (anonymous, stranger, owner)]

    assert [len(job) > 4 for job in jobs_received] == [False, False, True]


async def test_with_owner_only_another_users_job_is_not_found(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await submitted(infrastructure)
    async with subscribed(subscriptions, job, Subscriber(OWNER + 1, owner_only=True)) as client:
        first = await client.text()
        await record(infrastructure, started(job))
        second = await client.text()

    assert {json.loads(text)["type"] for text in (first, second)} == {"job.not_found"}


async def test_a_slow_consumer_is_dropped_and_delays_nobody(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await submitted(infrastructure)
    slow = Subscriber(None)
    for _ in range(600):
        slow.send("noise")
    async with subscribed(subscriptions, job, slow), subscribed(subscriptions, job, Subscriber(None)) as client:
        await client.next()
        await record(infrastructure, started(job))
        assert (await client.next())["status"] == "processing"

    with pytest.raises(SlowConsumer):
        await anext(slow.messages())


async def test_a_deleted_job_is_sent_as_not_found(infrastructure: Infrastructure, subscriptions: Subscriptions) -> None:
    job = await submitted(infrastructure)
    async with subscribed(subscriptions, job, Subscriber(OWNER)) as client:
        await client.next()
        await record(infrastructure, jobs.JobDeleted(job_id=job))
        not_found = await client.text()

    assert json.loads(not_found) == {"type": "job.not_found", "job_id": str(job)}


async def test_open_sockets_are_measured(infrastructure: Infrastructure, subscriptions: Subscriptions) -> None:
    async def open_sockets() -> float:
        return (await subscriptions.measure())[0].value

    async def none() -> bool:
        return await open_sockets() == 0

    job = await submitted(infrastructure)
    assert await none()
    async with subscribed(subscriptions, job, Subscriber(None)), subscribed(subscriptions, job, Subscriber(None)) as it:
        await it.next()
        assert await open_sockets() == 2
    await eventually(none)
