"""jobs-query behind the real edge, and a way to let facts happen as jobs-command would record them."""

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
from chassis.read_models import JOBS
from chassis.runtime.settings import Settings
from jobs_query.service import build
from jobs_query.statistics.consumer import statistics_consumer
from testkit.served import Served, served

OWNER, STRANGER = 1, 2
Happen = Callable[..., Awaitable[None]]
Submit = Callable[..., Awaitable[UUID]]
Keep = Callable[..., Awaitable[str]]


@pytest.fixture
async def infrastructure(tmp_path: Path) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
async def service(infrastructure: Infrastructure) -> AsyncGenerator[Served]:
    settings = Settings(rate_limits="off", await_read_model_ms=100)
    whole = build(infrastructure, settings, [statistics_consumer(infrastructure)])
    async with served([whole], infrastructure, settings) as running:
        yield running


@pytest.fixture
async def owner(service: Served) -> httpx.AsyncClient:
    return await service.client(OWNER)


@pytest.fixture
async def stranger(service: Served) -> httpx.AsyncClient:
    return await service.client(STRANGER)


@pytest.fixture
def record(infrastructure: Infrastructure) -> Happen:
    """Stores facts of a job and publishes them."""

    async def store_and_publish(job_id: UUID, *facts: Event) -> None:
        stream = f"job-{job_id}"
        previous = await infrastructure.events.last(stream)
        revision = previous.revision if previous else -1
        context = CommandContext(uuid4(), "user:1", "story")
        recorder = Recorder("jobs-command", infrastructure.clock.now())
        await infrastructure.events.append(stream, recorder.record(facts, context, stream, previous), revision)
        envelopes = [envelope_of(stored) for stored in await infrastructure.events.read(stream, after=revision)]
        await infrastructure.bus.publish(
            [Message(topics.JOBS.name, str(job_id), event.data, event.headers()) for event in envelopes]
        )

    return store_and_publish


@pytest.fixture
def happen(infrastructure: Infrastructure, record: Happen) -> Happen:
    """Lets facts happen to a job, and waits until reads show them."""

    async def and_be_seen(job_id: UUID, *facts: Event) -> None:
        await record(job_id, *facts)
        last = await infrastructure.events.last(f"job-{job_id}")
        assert last is not None
        assert await infrastructure.documents.wait_for(JOBS, str(job_id), last.revision, 30)

    return and_be_seen


@pytest.fixture
def submit(happen: Happen) -> Submit:
    numbers = iter(range(1, 1_000_000))

    async def new_job(owner_id: int = OWNER, job_input: JobInput | None = None, title: str | None = "CT") -> UUID:
        job_id = uuid4()
        number = next(numbers)
        await happen(
            job_id,
            JobSubmitted(
                job_id=job_id, number=number, owner_id=owner_id, title=title, description=None, input=job_input
            ),
        )
        return job_id

    return new_job


@pytest.fixture
def keep(infrastructure: Infrastructure) -> Keep:
    """Puts bytes into the object store and returns their key."""

    async def put(content: bytes, media_type: str = "application/octet-stream", place: str = "jobs") -> str:
        async def chunks() -> AsyncIterator[bytes]:
            yield content

        key = f"{place}/1/{uuid4()}/{uuid4()}"
        await infrastructure.objects.put(key, chunks(), media_type)
        return key

    return put


@pytest.fixture
def job_with_file(submit: Submit, keep: Keep) -> Submit:
    """Submits a job with a file of this content and name."""

    async def new_job(content: bytes, name: str = "scan.zip", owner_id: int = OWNER) -> UUID:
        key = await keep(content)
        job_input = JobInput(
            object_key=key, name=name, size=len(content), sha256="00", content_type="application/octet-stream"
        )
        return await submit(owner_id, job_input, name)

    return new_job


@pytest.fixture
def artifact(keep: Keep) -> Callable[..., Awaitable[Artifact]]:
    async def new_artifact(name: str, content: bytes, media_type: str = "application/gzip") -> Artifact:
        key = await keep(content, media_type, "results")
        return Artifact(name=name, media_type=media_type, size=len(content), object_key=key)

    return new_artifact
