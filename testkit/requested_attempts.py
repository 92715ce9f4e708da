"""Jobs that wait for the analyzer: their input in the object store, and their events."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

from california_gold_contracts import jobs
from california_gold_contracts.jobs import JobInput
from chassis.ports.infrastructure import Infrastructure
from testkit import appending


async def submit(infrastructure: Infrastructure, owner: int, content: bytes) -> UUID:
    """Submit a job with an input; return its id."""
    job = uuid4()
    key = f"jobs/{owner}/{job}/{uuid4()}"
    stored = await infrastructure.objects.put(key, _single_chunk(content), "application/zip")
    file = JobInput(
        object_key=stored.key, name="chest.zip", size=stored.size, sha256=stored.sha256, content_type="application/zip"
    )
    submitted = jobs.JobSubmitted(job_id=job, number=1, owner_id=owner, title=None, description=None, input=file)
    await append(infrastructure, submitted)
    return job


async def append(infrastructure: Infrastructure, event: jobs.JobEvent) -> None:
    """Append an event to the stream of its job."""
    await appending.append(infrastructure, f"job-{event.job_id}", event)


async def _single_chunk(content: bytes) -> AsyncIterator[bytes]:
    yield content
