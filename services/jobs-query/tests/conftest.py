"""jobs-query behind the real HTTP middleware, and fixtures that record events as jobs-command would."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from california_gold_contracts import topics
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import Artifact, JobInput, JobSubmitted
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder, envelope_of
from chassis.composition.embedded import embedded
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from chassis.runtime.settings import Settings
from jobs_query.projections.job import JOBS
from jobs_query.service import build
from jobs_query.statistics.consumer import statistics_consumer
from testkit.served import Served, served

OWNER, STRANGER = 1, 2
RecordEvents = Callable[..., Awaitable[None]]
Submit = Callable[..., Awaitable[UUID]]
StoreObject = Callable[..., Awaitable[str]]


@pytest.fixture
async def infrastructure(tmp_path: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
async def service(infrastructure: Infrastructure) -> AsyncGenerator[Served]:
    settings = Settings(rate_limits="off", await_read_model_ms=100)
    with_statistics = build(infrastructure, settings, [statistics_consumer(infrastructure)])
    async with served([with_statistics], infrastructure, settings) as running:
        yield running


@pytest.fixture
async def owner(service: Served) -> httpx.AsyncClient:
    return await service.client(OWNER)


@pytest.fixture
async def stranger(service: Served) -> httpx.AsyncClient:
    return await service.client(STRANGER)


@pytest.fixture
def record(infrastructure: Infrastructure) -> RecordEvents:
    """Stores events of a job and publishes them."""

    async def store_and_publish(job_id: UUID, *events: Event) -> None:
        stream = f"job-{job_id}"
        previous = await infrastructure.events.last(stream)
        revision = previous.revision if previous else -1
        context = CommandContext(uuid4(), "user:1", "correlation")
        recorder = Recorder("jobs-command", infrastructure.clock.now())
        await infrastructure.events.append(stream, recorder.record(events, context, stream, previous), revision)
        envelopes = [envelope_of(stored) for stored in await infrastructure.events.read(stream, after=revision)]
        await infrastructure.bus.publish(
            [Message(topics.JOBS.name, str(job_id), event.data, event.headers()) for event in envelopes]
        )

    return store_and_publish


@pytest.fixture
def project(infrastructure: Infrastructure, record: RecordEvents) -> RecordEvents:
    """Stores and publishes events of a job, and waits until reads show them."""

    async def store_and_project(job_id: UUID, *events: Event) -> None:
        await record(job_id, *events)
        last = await infrastructure.events.last(f"job-{job_id}")
        assert last is not None
        assert await infrastructure.documents.wait_for(JOBS, str(job_id), last.revision, 30)

    return store_and_project


@pytest.fixture
def submit(project: RecordEvents) -> Submit:
    numbers = iter(range(1, 1_000_000))

    async def new_job(owner_id: int = OWNER, job_input: JobInput | None = None, title: str | None = "CT") -> UUID:
        job_id = uuid4()
        number = next(numbers)
        await project(
            job_id,
            JobSubmitted(
                job_id=job_id, number=number, owner_id=owner_id, title=title, description=None, input=job_input
            ),
        )
        return job_id

    return new_job


@pytest.fixture
def store_object(infrastructure: Infrastructure) -> StoreObject:
    """Stores an object and returns its key."""

    async def put(content: bytes, media_type: str = "application/octet-stream", prefix: str = "jobs") -> str:
        async def chunks() -> AsyncIterator[bytes]:
            yield content

        key = f"{prefix}/1/{uuid4()}/{uuid4()}"
        await infrastructure.objects.put(key, chunks(), media_type)
        return key

    return put


@pytest.fixture
def job_with_file(submit: Submit, store_object: StoreObject) -> Submit:
    """Submits a job with a file of this content and name."""

    async def new_job(content: bytes, name: str = "scan.zip", owner_id: int = OWNER) -> UUID:
        key = await store_object(content)
        job_input = JobInput(
            object_key=key, name=name, size=len(content), sha256="00", content_type="application/octet-stream"
        )
        return await submit(owner_id, job_input, name)

    return new_job


@pytest.fixture
def artifact(store_object: StoreObject) -> Callable[..., Awaitable[Artifact]]:
    async def new_artifact(name: str, content: bytes, media_type: str = "application/gzip") -> Artifact:
        key = await store_object(content, media_type, "results")
        return Artifact(name=name, media_type=media_type, size=len(content), object_key=key)

    return new_artifact
