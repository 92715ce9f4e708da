from collections.abc import AsyncIterator, Awaitable, Callable
from typing import cast
from uuid import UUID, uuid4

import httpx

from california_gold_contracts import catalog, jobs
from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext
from chassis.commands.recording import envelope_of
from chassis.messaging.confirmation import Confirmation
from chassis.ports.document_store import DocumentStore
from chassis.ports.infrastructure import Infrastructure
from jobs_command.application.event_handlers import DeletionProcess
from jobs_command.application.job_objects import JobObjects
from jobs_command.application.jobs_by_owner import JobsByOwner
from jobs_command.domain.commands import SubmitJob
from jobs_command.domain.job import JOB
from testkit.eventually import eventually
from testkit.revoking import delete_user

Types = Callable[[UUID | str], Awaitable[list[str]]]
FILES = {"file": ("scan.zip", b"PK")}


class RecordingDocumentStore:
    """A document store that records the names of the methods that are called."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents, self.calls = documents, list[str]()

    def __getattr__(self, name: str) -> object:
        self.calls.append(name)
        return getattr(self._documents, name)


async def one_mask() -> AsyncIterator[bytes]:
    yield b"mask"


async def submit(client: httpx.AsyncClient) -> str:
    return (await client.post("/jobs", files=FILES)).json()["id"]


async def test_the_objects_of_a_deleted_job_are_deleted_and_no_others(
    owner: httpx.AsyncClient, infrastructure: Infrastructure
):
    deleted, other = await submit(owner), await submit(owner)
    await infrastructure.objects.put(f"results/{deleted}/1/mask", one_mask(), "application/gzip")
    await infrastructure.objects.put(f"results/{other}/1/mask", one_mask(), "application/gzip")
    await owner.delete(f"/jobs/{deleted}")

    async def only_the_others() -> bool:
        keys = [stored.key async for stored in infrastructure.objects.list("")]
        return len(keys) == 2 and all(other in key for key in keys)

    await eventually(only_the_others)


async def test_the_jobs_of_a_deleted_user_are_deleted_and_no_others(
    owner: httpx.AsyncClient,
    other_user: httpx.AsyncClient,
    types: Types,
    infrastructure: Infrastructure,
):
    mine, others = [await submit(owner) for _ in range(3)], await submit(other_user)
    await delete_user(infrastructure, 1)

    async def deleted() -> bool:
        keys = [stored.key async for stored in infrastructure.objects.list("")]
        return [(await types(job))[-1] for job in mine] == [jobs.JobDeleted.wire_type] * 3 and len(keys) == 1

    await eventually(deleted)
    assert [len(await types(job)) for job in mine] == [2, 2, 2]
    assert await types(others) == [jobs.JobSubmitted.wire_type]


async def test_a_job_that_is_submitted_after_its_owner_was_deleted_is_deleted(
    owner: httpx.AsyncClient, types: Types, infrastructure: Infrastructure
):
    first, second = await submit(owner), uuid4()
    await delete_user(infrastructure, 1)

    async def is_deleted(job: UUID | str) -> bool:
        return (await types(job))[-1] == jobs.JobDeleted.wire_type

    await eventually(lambda: is_deleted(first))
    aggregates = Aggregates(infrastructure.events, infrastructure.clock, "job", JOB, catalog.JOBS, "test")
    context = CommandContext(uuid4(), "user:1", "correlation-1")
    await aggregates.handle(second, SubmitJob(second, 2, 1, None, None, None), context)
    await eventually(lambda: is_deleted(second))


async def test_submitted_jobs_of_one_batch_take_one_write_and_one_read(infrastructure: Infrastructure) -> None:
    documents = RecordingDocumentStore(infrastructure.documents)
    aggregates = Aggregates(infrastructure.events, infrastructure.clock, "job", JOB, catalog.JOBS, "test")
    jobs_by_owner = JobsByOwner(cast("DocumentStore", documents))
    process = DeletionProcess(
        aggregates, jobs_by_owner, JobObjects(infrastructure.objects), Confirmation(infrastructure.events)
    )
    ids = [uuid4() for _ in range(20)]
    for number, job_id in enumerate(ids):
        submitting = SubmitJob(job_id, number + 1, 1 + number % 2, None, None, None)
        await aggregates.handle(job_id, submitting, CommandContext(uuid4(), "user:1", "correlation-1"))
    envelopes = [envelope_of(event) async for page in infrastructure.events.read_all() for event in page]
    await jobs_by_owner.add_deleted_owner(2)
    documents.calls.clear()

    await process.handle(envelopes[-20:])

    assert documents.calls[:2] == ["put_newer", "get_many"]
    states = [(await aggregates.load(job_id)).state for job_id in ids]
    assert [state and state.deleted for state in states] == [False, True] * 10
