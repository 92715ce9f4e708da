"""The read models of jobs do not depend on the order of delivery; `contracts/tests/test_job_view.py` has the view."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import orjson
import pytest

from california_gold_contracts import job_view
from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import (
    AnalysisCompleted,
    AnalysisProgressed,
    AnalysisStarted,
    Artifact,
    JobDeleted,
    JobDescribed,
    JobInput,
    JobInputAttached,
    JobRequeued,
    JobSubmitted,
)
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder, envelope_of
from chassis.ports.document_store import Document
from chassis.ports.event_store import START
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.projector import Projection, Projector, View
from jobs_query.projections.job import JobProjection
from jobs_query.projections.job_files import JobFilesProjection
from testkit.rebuilds import project_log

JOB_ID = UUID("550e8400-e29b-41d4-a716-446655440000")
START_TIME = datetime(2024, 1, 1, tzinfo=UTC)
SCAN = JobInput(object_key="jobs/1/x/y", name="scan.zip", size=10, sha256="00", content_type="application/zip")
MASK = Artifact(name="mask.nii.gz", media_type="application/gzip", size=5, object_key="results/x/1/mask.nii.gz")
HISTORY: Sequence[Event] = (
    JobSubmitted(job_id=JOB_ID, number=7, owner_id=1, title=None, description=None, input=None),
    JobInputAttached(job_id=JOB_ID, attempt=1, input=SCAN),
    JobDescribed(job_id=JOB_ID, title="CT", description="chest"),
    AnalysisStarted(job_id=JOB_ID, attempt=1, analyzer="analyzer/1"),
    AnalysisProgressed(job_id=JOB_ID, attempt=1, progress=40, stage="decode"),
    AnalysisCompleted(job_id=JOB_ID, attempt=1, results={"findings": []}, artifacts=(MASK,)),
)
PROJECTIONS: Sequence[Projection] = (JobProjection(), JobFilesProjection())


def envelopes_of(*events: Event) -> Sequence[Envelope]:
    """Return the envelopes of events that happen a minute after each other."""
    times = (START_TIME + timedelta(minutes=number) for number in range(len(events)))
    return [
        Envelope(uuid4(), event.wire_type, "jobs-command", str(JOB_ID), time, encode(event))
        for event, time in zip(events, times, strict=False)
    ]


def view_after(projection: Projection, *events: Event) -> View | None:
    view: View | None = None
    for event, envelope in zip(events, envelopes_of(*events), strict=True):
        before = orjson.dumps(view)
        after = projection.apply(view, event, envelope)
        assert orjson.dumps(view) == before, "the given view was changed"
        view = after
    return view


def test_the_body_of_a_job_is_the_job_view():
    expected: View | None = None
    for event, envelope in zip(HISTORY, envelopes_of(*HISTORY), strict=True):
        expected = job_view.apply(expected, event, envelope)
    view = view_after(JobProjection(), *HISTORY)
    assert view is not None
    assert orjson.dumps(view) == orjson.dumps(expected)
    assert JobProjection().keys(view) == {"owner_id": 1, "number": 7}


def test_the_files_are_those_of_the_latest_attempt():
    view = view_after(JobFilesProjection(), *HISTORY)
    assert view == {"input": SCAN.model_dump(), "artifacts": [MASK.model_dump()]}
    requeued = view_after(JobFilesProjection(), *HISTORY, JobRequeued(job_id=JOB_ID, attempt=2))
    assert requeued == {"input": SCAN.model_dump(), "artifacts": []}


@pytest.mark.parametrize("projection", PROJECTIONS)
def test_a_deleted_job_has_no_view(projection: Projection):
    assert view_after(projection, *HISTORY, JobDeleted(job_id=JOB_ID)) is None


async def recorded(infrastructure: Infrastructure) -> list[Envelope]:
    stream = f"job-{JOB_ID}"
    recorder = Recorder("jobs-command", START_TIME)
    context = CommandContext(uuid4(), "user:1", "correlation")
    await infrastructure.events.append(stream, recorder.record(HISTORY, context, stream, None), START)
    return [envelope_of(event) for event in await infrastructure.events.read(stream)]


async def stored(infrastructure: Infrastructure, projection: Projection) -> Document:
    document = await infrastructure.documents.get(projection.collection, str(JOB_ID))
    assert document is not None
    return document


@pytest.mark.parametrize("projection", PROJECTIONS)
async def test_duplicates_reordering_and_a_rebuild_lead_to_the_same_document(
    infrastructure: Infrastructure, projection: Projection
):
    envelopes = await recorded(infrastructure)
    projector = Projector(projection, infrastructure.documents, infrastructure.events)
    await projector.project(envelopes)
    expected = await stored(infrastructure, projection)
    assert expected.revision == len(HISTORY) - 1

    await projector.project(envelopes)
    assert await stored(infrastructure, projection) == expected

    shuffled = Random(1).sample(envelopes * 2, len(envelopes) * 2)
    await infrastructure.documents.delete(projection.collection, [str(JOB_ID)])
    for envelope in shuffled:
        await projector.project([envelope])
    assert await stored(infrastructure, projection) == expected

    await infrastructure.documents.delete(projection.collection, [str(JOB_ID)])
    assert await project_log(infrastructure.events, ["job"], projector) == len(HISTORY)
    assert await stored(infrastructure, projection) == expected
