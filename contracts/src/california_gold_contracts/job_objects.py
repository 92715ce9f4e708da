"""The layout of the object keys of jobs: `jobs/<owner>/<job>/<upload>` for inputs, `results/<job>/…` for outputs."""

from collections.abc import Sequence
from uuid import UUID

from california_gold_contracts.event import Event
from california_gold_contracts.jobs import AnalysisCompleted, JobInputAttached, JobSubmitted

INPUTS = "jobs/"
OUTPUTS = "results/"


def job_of(key: str) -> UUID | None:
    """Return the id of the job that an object belongs to; None when the key has another form."""
    segments = key.split("/")
    position = 2 if key.startswith(INPUTS) else 1
    try:
        return UUID(segments[position]) if key.startswith((INPUTS, OUTPUTS)) else None
    except (IndexError, ValueError):
        return None


def object_keys(event: Event) -> Sequence[str]:
    """Return the keys of the objects that an event of a job refers to."""
    match event:
        case JobSubmitted(input=job_input) | JobInputAttached(input=job_input):
            return [job_input.object_key] if job_input else []
        case AnalysisCompleted(artifacts=artifacts):
            return [artifact.object_key for artifact in artifacts]
        case _:
            return []
