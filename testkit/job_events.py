"""Events of one job, and the envelopes that they arrive in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import (
    AnalysisCompleted,
    AnalysisFailed,
    AnalysisProgressed,
    AnalysisStarted,
    Artifact,
    JobCancelled,
    JobDeleted,
    JobDescribed,
    JobInput,
    JobInputAttached,
    JobRequeued,
    JobSubmitted,
)

JOB_ID = UUID("550e8400-e29b-41d4-a716-446655440000")
START_TIME = datetime(2024, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

SCAN = JobInput(object_key="jobs/1/x/y", name="scan.zip", size=10, sha256="00", content_type="application/zip")
MASK = Artifact(name="mask.nii.gz", media_type="application/gzip", size=5, object_key="results/x/1/mask.nii.gz")

SUBMITTED_WITHOUT_FILE = JobSubmitted(job_id=JOB_ID, number=7, owner_id=1, title=None, description=None, input=None)
SUBMITTED = SUBMITTED_WITHOUT_FILE.model_copy(update={"input": SCAN})
ATTACHED = JobInputAttached(job_id=JOB_ID, attempt=1, input=SCAN)
DESCRIBED = JobDescribed(job_id=JOB_ID, title="CT", description="chest")
STARTED = AnalysisStarted(job_id=JOB_ID, attempt=1, analyzer="analyzer/1")
PROGRESSED = AnalysisProgressed(job_id=JOB_ID, attempt=1, progress=40, stage="decode")
COMPLETED = AnalysisCompleted(
    job_id=JOB_ID, attempt=1, results={"findings": [{"type": "lesion", "confidence": 0.95}]}, artifacts=(MASK,)
)
FAILED = AnalysisFailed(job_id=JOB_ID, attempt=1, reason="NO_IMAGE", message="Нет снимков", retryable=False)
CANCELLED = JobCancelled(job_id=JOB_ID, attempt=1)
REQUEUED = JobRequeued(job_id=JOB_ID, attempt=2)
DELETED = JobDeleted(job_id=JOB_ID)

HISTORY: Sequence[Event] = (SUBMITTED_WITHOUT_FILE, ATTACHED, DESCRIBED, STARTED, PROGRESSED, COMPLETED)
"""A job from its submission without a file to its result."""


def envelopes(events: Sequence[Event], interval: timedelta = MINUTE) -> Sequence[Envelope]:
    """Return the envelopes of successive events of the job, `interval` after each other from `START_TIME`."""
    return [envelope(event, revision, START_TIME + revision * interval) for revision, event in enumerate(events)]


def envelope(event: Event, revision: int, time: datetime) -> Envelope:
    """Return the envelope of an event of the job."""
    source = "/california-gold/jobs-command"
    return Envelope(uuid4(), event.wire_type, source, str(JOB_ID), time, encode(event), revision=revision)
