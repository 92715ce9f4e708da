"""Synthetic event streams of jobs."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from pydantic import JsonValue

from california_gold_contracts import jobs
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder
from chassis.commands.text_sealing import TextSealing
from chassis.ports.event_store import NO_STREAM
from chassis.ports.infrastructure import Infrastructure

EVENTS_PER_JOB = 10
RESULTS: dict[str, JsonValue] = {
    "summary": {"total_volume": 1500.5, "lesions_count": 3, "confidence": 0.92},
    "findings": [
        {
            "id": f"finding-{number}",
            "type": "lesion",
            "volume": 500.2,
            "confidence": 0.95,
            "location": {"x": 100, "y": 200, "z": 150},
        }
        for number in range(1, 4)
    ],
    "metrics": [{"name": "dice_score", "value": 0.89}],
}


def job_history(job_id: UUID, number: int, owner_id: int = 1) -> Sequence[jobs.JobEvent]:
    """Return the ten events of a job from submission to a completed analysis."""
    scan = jobs.JobInput(
        object_key=f"jobs/{owner_id}/{job_id}/upload",
        name="scan.zip",
        size=1024000,
        sha256="0" * 64,
        content_type="application/zip",
    )
    steps = EVENTS_PER_JOB - 3
    return [
        jobs.JobSubmitted(
            job_id=job_id, number=number, owner_id=owner_id, title="CT", description="CT scan analysis", input=scan
        ),
        jobs.AnalysisStarted(job_id=job_id, attempt=1, analyzer="benchmark"),
        *(
            jobs.AnalysisProgressed(job_id=job_id, attempt=1, progress=10 * step, stage="detect")
            for step in range(1, steps + 1)
        ),
        jobs.AnalysisCompleted(job_id=job_id, attempt=1, results=RESULTS, artifacts=()),
    ]


async def store_jobs(
    infrastructure: Infrastructure, count: int, events_per_job: int = EVENTS_PER_JOB, *, sealed: bool = True
) -> None:
    """Append the first `events_per_job` events of `count` jobs, one job after the other."""
    recorder = Recorder("benchmark", infrastructure.clock.now())
    if sealed:
        recorder = replace(recorder, seal=await TextSealing(infrastructure.text_keys).sealer(1))
    for number in range(1, count + 1):
        job_id = uuid4()
        stream = f"job-{job_id}"
        context = CommandContext(uuid4(), "service:benchmark", "benchmark")
        recorded = recorder.record(job_history(job_id, number)[:events_per_job], context, stream, None)
        await infrastructure.events.append(stream, recorded, NO_STREAM)
