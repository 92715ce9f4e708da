import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from california_gold_contracts import jobs
from california_gold_contracts.event import Event
from california_gold_contracts.topics import JOBS
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder
from chassis.composition.embedded import embedded
from chassis.messaging.relay import Relay
from chassis.ports.document_store import Document
from chassis.ports.event_store import NO_STREAM
from chassis.ports.infrastructure import Infrastructure
from chassis.read_models import JOBS as READ_MODEL
from notifier.application.subscriber import Subscriber, TooSlow
from notifier.application.subscriptions import Subscriptions
from testkit.running import running

OWNER = 7


@pytest_asyncio.fixture
async def infrastructure(tmp_path: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data") as opened, running(Relay(opened, JOBS, ["job"]).run()):
        yield opened


@pytest_asyncio.fixture
async def subscriptions(infrastructure: Infrastructure) -> AsyncGenerator[Subscriptions]:
    board = Subscriptions(infrastructure)
    async with running(board.run()):
        yield board


async def test_a_listener_hears_the_present_state_first_then_each_change(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await _submitted(infrastructure)
    await _happens(infrastructure, _started(job))
    async with _listening(subscriptions, job, Subscriber(None)) as ear:
        first = await ear.next()
        await _happens(infrastructure, _progressed(job, 40), _progressed(job, 80))
        later = [await ear.next(), await ear.next()]

    assert (first["status"], first["progress"]) == ("processing", 0)
    assert [told["progress"] for told in later] == [40, 80]


async def test_nothing_is_told_before_the_read_model_has_it(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await _submitted(infrastructure)
    async with _listening(subscriptions, job, Subscriber(None)) as ear:
        await ear.next()
        await _happens(infrastructure, _completed(job), read_model=False)
        waiting = asyncio.ensure_future(ear.next())
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done
        await _reach(infrastructure, job, 1)
        assert (await waiting)["status"] == "completed"


async def test_with_after_every_missed_state_is_told_once(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await _submitted(infrastructure)
    await _happens(infrastructure, _started(job), _progressed(job, 40), _completed(job))
    async with _listening(subscriptions, job, Subscriber(OWNER), after=0) as ear:
        heard = [await ear.next() for _ in range(3)]
        await _happens(infrastructure, jobs.JobRequeued(job_id=job, attempt=2))
        heard.append(await ear.next())

    assert [told["revision"] for told in heard] == [1, 2, 3, 4]


async def test_a_job_that_comes_to_exist_is_told_to_who_waited_for_it(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = uuid4()
    async with _listening(subscriptions, job, Subscriber(None)) as ear:
        unknown = await ear.text()
        await _submitted(infrastructure, job)
        told = await ear.next()

    assert json.loads(unknown)["type"] == "job.not_found"
    assert told["status"] == "queued"


async def test_only_the_owner_is_told_more_than_four_fields(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await _submitted(infrastructure)
    async with (
        _listening(subscriptions, job, Subscriber(None)) as anonymous,
        _listening(subscriptions, job, Subscriber(OWNER + 1)) as stranger,
        _listening(subscriptions, job, Subscriber(OWNER)) as owner,
    ):
        told = [await ear.next() for ear in (anonymous, stranger, owner)]

    assert [len(each) > 4 for each in told] == [False, False, True]


async def test_where_a_token_is_required_anothers_job_is_like_none(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await _submitted(infrastructure)
    async with _listening(subscriptions, job, Subscriber(OWNER + 1, owner_only=True)) as ear:
        first = await ear.text()
        await _happens(infrastructure, _started(job))
        second = await ear.text()

    assert {json.loads(text)["type"] for text in (first, second)} == {"job.not_found"}


async def test_a_listener_who_does_not_listen_is_given_up_and_holds_up_nobody(
    infrastructure: Infrastructure, subscriptions: Subscriptions
) -> None:
    job = await _submitted(infrastructure)
    deaf = Subscriber(None)
    for _ in range(600):
        deaf.tell("noise")
    async with _listening(subscriptions, job, deaf), _listening(subscriptions, job, Subscriber(None)) as ear:
        await ear.next()
        await _happens(infrastructure, _started(job))
        assert (await ear.next())["status"] == "processing"

    with pytest.raises(TooSlow):
        await anext(deaf.messages())


async def test_a_deleted_job_is_told_as_gone(infrastructure: Infrastructure, subscriptions: Subscriptions) -> None:
    job = await _submitted(infrastructure)
    async with _listening(subscriptions, job, Subscriber(OWNER)) as ear:
        await ear.next()
        await _happens(infrastructure, jobs.JobDeleted(job_id=job))
        gone = await ear.text()

    assert json.loads(gone) == {"type": "job.not_found", "job_id": str(job)}


class Ear:
    def __init__(self, subscriber: Subscriber) -> None:
        self._messages = subscriber.messages()

    async def text(self) -> str:
        async with asyncio.timeout(10):
            return await anext(self._messages)

    async def next(self) -> dict[str, Any]:
        return json.loads(await self.text())["job"]


@asynccontextmanager
async def _listening(
    subscriptions: Subscriptions, job: UUID, subscriber: Subscriber, after: int | None = None
) -> AsyncGenerator[Ear]:
    async with running(subscriptions.connect(str(job), subscriber, after)):
        yield Ear(subscriber)


async def _submitted(infrastructure: Infrastructure, job: UUID | None = None) -> UUID:
    job = job or uuid4()
    await _happens(
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


async def _happens(infrastructure: Infrastructure, *events: jobs.JobEvent | Event, read_model: bool = True) -> None:
    job = events[0].model_dump()["job_id"]
    stream = f"job-{job}"
    last = await infrastructure.events.last(stream)
    context = CommandContext(uuid4(), "user:7", "c")
    recorded = Recorder("/tests", infrastructure.clock.now()).record(events, context, stream, last)
    revision = await infrastructure.events.append(stream, recorded, last.revision if last else NO_STREAM)
    if read_model:
        await _reach(infrastructure, job, revision)


async def _reach(infrastructure: Infrastructure, job: UUID, revision: int) -> None:
    await infrastructure.documents.put_newer(
        READ_MODEL, [Document(str(job), revision, b"{}", {"owner_id": OWNER, "number": 1})]
    )
