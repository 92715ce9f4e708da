"""Subscribers of jobs, and jobs whose events a test records."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import orjson
from pydantic import JsonValue

from california_gold_contracts import catalog, job_view, jobs
from california_gold_contracts.event import Event
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder, envelope_of
from chassis.ports.document_store import Document
from chassis.ports.event_store import NO_STREAM
from chassis.ports.infrastructure import Infrastructure
from notifier.application.connection_limiter import ConnectionLimiter
from notifier.application.job_feed import JOBS as READ_MODEL
from notifier.application.subscriber import Subscriber
from notifier.application.subscriptions import UNKNOWN_JOB_SECONDS, Subscriptions
from notifier.application.waiting_sockets import WaitingSockets
from testkit.running import running

OWNER = 7


def subscriptions_of(
    infrastructure: Infrastructure, max_waiting: int = 100, unknown_job_seconds: float = UNKNOWN_JOB_SECONDS
) -> Subscriptions:
    """Return subscriptions without a limit on the sockets of a client."""
    limiter = ConnectionLimiter(infrastructure.documents, infrastructure.clock, infrastructure.instance, None)
    return Subscriptions(infrastructure, limiter, WaitingSockets(max_waiting), unknown_job_seconds)


class Client:
    """Reads the messages of a subscriber."""

    def __init__(self, subscriber: Subscriber) -> None:
        self._messages = subscriber.messages()

    async def text(self) -> str:
        """Return the next message."""
        async with asyncio.timeout(10):
            return (await anext(self._messages)).text

    async def next(self) -> dict[str, Any]:
        """Return the job of the next message."""
        return json.loads(await self.text())["job"]

    async def has_ended(self) -> bool:
        """Wait for the end of the messages."""
        async with asyncio.timeout(10):
            return await anext(self._messages, None) is None


@asynccontextmanager
async def subscribed(
    subscriptions: Subscriptions, job: UUID, subscriber: Subscriber, after: int | None = None
) -> AsyncGenerator[Client]:
    """Connect a subscriber during the block."""
    async with running(subscriptions.connect(str(job), subscriber, after)):
        yield Client(subscriber)


async def submitted(infrastructure: Infrastructure, job: UUID | None = None) -> UUID:
    """Record a job of the owner; return its id."""
    job = job or uuid4()
    await record(
        infrastructure,
        jobs.JobSubmitted(job_id=job, number=1, owner_id=OWNER, title=None, description=None, input=None),
    )
    return job


def started(job: UUID) -> Event:
    """Return the start of the analysis."""
    return jobs.AnalysisStarted(job_id=job, attempt=1, analyzer="a")


def progressed(job: UUID, progress: int) -> Event:
    """Return a progress of the analysis, in per cent."""
    return jobs.AnalysisProgressed(job_id=job, attempt=1, progress=progress, stage="decode")


def completed(job: UUID) -> Event:
    """Return the end of the analysis."""
    return jobs.AnalysisCompleted(job_id=job, attempt=1, results={}, artifacts=())


async def record(infrastructure: Infrastructure, *events: jobs.JobEvent | Event, read_model: bool = True) -> None:
    """Record events of a job, and show them in its read model."""
    job = events[0].model_dump()["job_id"]
    stream = f"job-{job}"
    last = await infrastructure.events.last(stream)
    context = CommandContext(uuid4(), "user:7", "c")
    recorded = Recorder("/tests", infrastructure.clock.now()).record(events, context, stream, last)
    revision = await infrastructure.events.append(stream, recorded, last.revision if last else NO_STREAM)
    if read_model:
        await project(infrastructure, job, revision)


async def project(
    infrastructure: Infrastructure, job: UUID, revision: int, texts: Mapping[str, JsonValue] | None = None
) -> None:
    """Show a job in the read model as it is at a revision, with other texts if given."""
    view: job_view.JobView | None = None
    for stored in await infrastructure.events.read(f"job-{job}", limit=revision + 1):
        view = job_view.apply(view, catalog.JOBS.decode(stored.type, stored.data), envelope_of(stored))
    body = None if view is None else orjson.dumps({**view, **(texts or {})})
    await infrastructure.documents.put_newer(
        READ_MODEL, [Document(str(job), revision, body, {"owner_id": OWNER, "number": 1})]
    )
