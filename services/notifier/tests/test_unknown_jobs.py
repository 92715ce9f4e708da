"""Subscribers of jobs that do not exist (yet)."""

import json
from uuid import uuid4

from chassis.ports.infrastructure import Infrastructure
from notifier.application.subscriber import Subscriber
from notifier.application.subscriptions import Subscriptions
from services.notifier.tests.subscribing import (
    OWNER,
    record,
    started,
    submitted,
    subscribed,
    subscriptions_of,
)
from testkit.running import running


async def test_a_job_that_is_submitted_later_is_sent_to_its_waiting_subscribers(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = uuid4()
    async with subscribed(subscriptions, job, Subscriber(None)) as client:
        unknown = await client.text()
        await submitted(infrastructure, job)
        first = await client.next()

    assert json.loads(unknown)["type"] == "job.not_found"
    assert first["status"] == "queued"


async def test_the_messages_of_an_unknown_job_end_after_their_time(infrastructure: Infrastructure) -> None:
    subscriptions = subscriptions_of(infrastructure, unknown_job_seconds=0.05)
    async with subscribed(subscriptions, uuid4(), Subscriber(None)) as client:
        assert json.loads(await client.text())["type"] == "job.not_found"
        assert await client.has_ended()


async def test_a_client_that_knows_the_current_state_of_a_job_waits_for_the_next_one_without_end(
    infrastructure: Infrastructure,
) -> None:
    subscriptions = subscriptions_of(infrastructure, unknown_job_seconds=0)
    job = await submitted(infrastructure)
    async with (
        running(subscriptions.run()),
        subscribed(subscriptions, job, Subscriber(None), after=-1) as other,
        subscribed(subscriptions, job, Subscriber(None), after=0) as client,
    ):
        await other.next()
        await record(infrastructure, started(job))
        assert (await client.next())["status"] == "processing"


async def test_with_owner_only_a_strangers_socket_waits_like_one_of_an_unknown_job(
    infrastructure: Infrastructure,
) -> None:
    subscriptions = subscriptions_of(infrastructure, unknown_job_seconds=0.05)
    job = await submitted(infrastructure)
    stranger = Subscriber(OWNER + 1, owner_only=True)
    async with subscribed(subscriptions, job, stranger, after=-1) as client:
        assert json.loads(await client.text())["type"] == "job.not_found"
        assert await client.has_ended()


async def test_of_too_many_sockets_of_unknown_jobs_the_oldest_ends(infrastructure: Infrastructure) -> None:
    subscriptions, newest = subscriptions_of(infrastructure, max_waiting=1), uuid4()
    async with (
        running(subscriptions.run()),
        subscribed(subscriptions, uuid4(), Subscriber(None)) as oldest,
    ):
        await oldest.text()
        async with subscribed(subscriptions, newest, Subscriber(None)) as client:
            await client.text()
            assert await oldest.has_ended()
            await submitted(infrastructure, newest)
            assert (await client.next())["status"] == "queued"


async def test_a_socket_whose_job_came_to_be_does_not_end_for_others(infrastructure: Infrastructure) -> None:
    subscriptions, job = subscriptions_of(infrastructure, max_waiting=1), uuid4()
    async with running(subscriptions.run()), subscribed(subscriptions, job, Subscriber(None)) as client:
        await client.text()
        await submitted(infrastructure, job)
        await client.next()
        for _ in range(3):
            async with subscribed(subscriptions, uuid4(), Subscriber(None)) as other:
                await other.text()
        await record(infrastructure, started(job))
        assert (await client.next())["status"] == "processing"
