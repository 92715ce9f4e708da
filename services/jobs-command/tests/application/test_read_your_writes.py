import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import orjson
import pytest

from california_gold_contracts import catalog
from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext
from chassis.commands.text_sealing import TextSealing
from chassis.ports.document_store import Document
from chassis.ports.infrastructure import Infrastructure
from jobs_command.application.jobs import JobSnapshot
from jobs_command.application.read_your_writes import JOBS, Answer, ReadYourWrites
from jobs_command.domain.commands import ChangeJob, Command, SubmitJob
from jobs_command.domain.job import JOB

JOB_ID = UUID(int=1)
SHOWN = b'{"id": "shown"}'
LONG = timedelta(seconds=60)


@pytest.fixture
async def snapshot(infrastructure: Infrastructure) -> JobSnapshot:
    aggregates = Aggregates(infrastructure.events, infrastructure.clock, "job", JOB, catalog.JOBS, "test")
    context = CommandContext(uuid4(), "user:1", "correlation-1")
    handled = await aggregates.handle(JOB_ID, SubmitJob(JOB_ID, 1, 1, "CT", None, None), context)
    assert handled.state is not None
    return JobSnapshot(handled.state, handled.revision)


def document(revision: int, body: bytes | None = SHOWN) -> Document:
    return Document(str(JOB_ID), revision, body, {"owner_id": 1, "number": 1})


def waiting(infrastructure: Infrastructure, read_timeout: timedelta) -> ReadYourWrites:
    texts = TextSealing(infrastructure.text_keys)
    return ReadYourWrites(infrastructure.documents, infrastructure.events, texts, read_timeout)


async def test_a_command_answers_from_the_read_model(infrastructure: Infrastructure, snapshot: JobSnapshot):
    await infrastructure.documents.put_newer(JOBS, [document(3)])
    answer = await waiting(infrastructure, LONG).job(snapshot)
    assert (answer.body, answer.revision) == (SHOWN, 3)


async def test_a_command_waits_until_the_read_model_shows_it(infrastructure: Infrastructure, snapshot: JobSnapshot):
    read_your_writes = waiting(infrastructure, LONG)
    shown = infrastructure.documents.put_newer(JOBS, [document(0)])
    answer, _ = await asyncio.gather(read_your_writes.job(snapshot), shown)
    assert answer.body == SHOWN


async def test_without_the_read_model_a_command_answers_from_the_stream(
    infrastructure: Infrastructure, snapshot: JobSnapshot
):
    answer = await waiting(infrastructure, timedelta()).job(snapshot)
    body = orjson.loads(answer.body)
    assert (body["id"], body["title"], body["status"], answer.revision) == (str(JOB_ID), "CT", "queued", 0)


async def test_a_job_that_was_deleted_concurrently_is_answered_from_the_stream(
    infrastructure: Infrastructure, snapshot: JobSnapshot
):
    await infrastructure.documents.put_newer(JOBS, [document(1, None)])
    answer = await waiting(infrastructure, LONG).job(snapshot)
    assert orjson.loads(answer.body)["title"] == "CT"


async def test_where_this_process_serves_the_reads_a_command_answers_before_the_read_model_shows_it(
    infrastructure: Infrastructure,
):
    aggregates = Aggregates(infrastructure.events, infrastructure.clock, "job", JOB, catalog.JOBS, "test")
    texts = TextSealing(infrastructure.text_keys)
    announcing = ReadYourWrites(
        infrastructure.documents, infrastructure.events, texts, LONG, infrastructure.announcements
    )

    async def answered(command: Command) -> Answer:
        context = CommandContext(uuid4(), "user:1", "correlation-1", first_time=True)
        handled = await aggregates.handle(JOB_ID, command, context)
        assert handled.state is not None
        snapshot = JobSnapshot(handled.state, handled.revision, handled.events, handled.recorded_at)
        return await asyncio.wait_for(announcing.job(snapshot), LONG.total_seconds() / 2)

    created = await answered(SubmitJob(JOB_ID, 1, 1, "CT", None, None))
    changed = await answered(ChangeJob(1, title="MRT"))
    for answer, title in ((created, "CT"), (changed, "MRT")):
        assert orjson.loads(answer.body)["title"] == title
    reading = asyncio.ensure_future(infrastructure.documents.get(JOBS, str(JOB_ID)))
    await infrastructure.documents.put_newer(JOBS, [document(0, created.body)])
    assert not reading.done()
    await infrastructure.documents.put_newer(JOBS, [document(1, changed.body)])
    assert await asyncio.wait_for(reading, LONG.total_seconds() / 2) == Document(str(JOB_ID), 1, changed.body, {})
