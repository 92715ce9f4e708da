from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID, uuid4

import httpx

from california_gold_contracts import catalog, jobs, topics, users
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.topics import Topic
from chassis.aggregate import Aggregates
from chassis.context import CommandContext
from chassis.infrastructure import Infrastructure
from chassis.testing.eventually import eventually
from jobs_command.domain.commands import SubmitJob
from jobs_command.domain.job import JOB

Publish = Callable[[Topic, str, Event], Awaitable[Envelope]]
Types = Callable[[UUID | str], Awaitable[list[str]]]
FILES = {"file": ("scan.zip", b"PK")}


async def one() -> AsyncIterator[bytes]:
    yield b"mask"


async def submit(client: httpx.AsyncClient) -> str:
    return (await client.post("/jobs", files=FILES)).json()["id"]


async def test_the_bytes_of_a_deleted_job_go_and_those_of_others_stay(
    owner: httpx.AsyncClient, infrastructure: Infrastructure
):
    deleted, kept = await submit(owner), await submit(owner)
    await infrastructure.objects.put(f"results/{deleted}/1/mask", one(), "application/gzip")
    await infrastructure.objects.put(f"results/{kept}/1/mask", one(), "application/gzip")
    await owner.delete(f"/jobs/{deleted}")

    async def only_the_others() -> bool:
        keys = [stored.key async for stored in infrastructure.objects.list("")]
        return len(keys) == 2 and all(kept in key for key in keys)

    await eventually(only_the_others)


async def test_the_jobs_of_a_deleted_user_go_and_those_of_others_stay(
    owner: httpx.AsyncClient,
    stranger: httpx.AsyncClient,
    publish: Publish,
    types: Types,
    infrastructure: Infrastructure,
):
    mine, others = [await submit(owner) for _ in range(3)], await submit(stranger)
    await publish(topics.USERS, "1", users.UserDeleted(user_id=1))

    async def gone() -> bool:
        keys = [stored.key async for stored in infrastructure.objects.list("")]
        return [(await types(job))[-1] for job in mine] == [jobs.JobDeleted.wire_type] * 3 and len(keys) == 1

    await eventually(gone)
    assert [len(await types(job)) for job in mine] == [2, 2, 2]
    assert await types(others) == [jobs.JobSubmitted.wire_type]


async def test_a_job_that_comes_after_its_owner_was_deleted_goes_too(
    owner: httpx.AsyncClient, publish: Publish, types: Types, infrastructure: Infrastructure
):
    first, second = await submit(owner), uuid4()
    await publish(topics.USERS, "1", users.UserDeleted(user_id=1))

    async def is_gone(job: UUID | str) -> bool:
        return (await types(job))[-1] == jobs.JobDeleted.wire_type

    await eventually(lambda: is_gone(first))
    aggregates = Aggregates(infrastructure.events, infrastructure.clock, "job", JOB, catalog.JOBS, "test")
    context = CommandContext(uuid4(), "user:1", "story")
    await aggregates.handle(second, SubmitJob(second, 2, 1, None, None, None), context)
    await eventually(lambda: is_gone(second))
