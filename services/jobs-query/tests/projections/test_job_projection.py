"""What each fact does to the JSON of a job, and that the order of delivery does not matter."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import orjson
import pytest
from pydantic import JsonValue

from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.job_body import Job
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
    JobStatus,
    JobStatusSet,
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
RESULTS: dict[str, JsonValue] = {"findings": [{"type": "lesion", "confidence": 0.95}]}

SUBMITTED = JobSubmitted(job_id=JOB_ID, number=7, owner_id=1, title=None, description=None, input=None)
STORY: Sequence[Event] = (
    SUBMITTED,
    JobInputAttached(job_id=JOB_ID, attempt=1, input=SCAN),
    JobDescribed(job_id=JOB_ID, title="CT", description="chest"),
    AnalysisStarted(job_id=JOB_ID, attempt=1, analyzer="analyzer/1"),
    AnalysisProgressed(job_id=JOB_ID, attempt=1, progress=40, stage="decode"),
    AnalysisCompleted(job_id=JOB_ID, attempt=1, results=RESULTS, artifacts=(MASK,)),
)
PROJECTIONS: Sequence[Projection] = (JobProjection(), JobFilesProjection())


def at(minutes: int) -> str:
    return (START_TIME + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def view_after(projection: Projection, *events: Event) -> View | None:
    view: View | None = None
    for minutes, event in enumerate(events):
        time = START_TIME + timedelta(minutes=minutes)
        envelope = Envelope(uuid4(), event.wire_type, "jobs-command", str(JOB_ID), time, encode(event))
        before = orjson.dumps(view)
        after = projection.apply(view, event, envelope)
        assert orjson.dumps(view) == before, "the given view was changed"
        view = after
    return view


def job_after(*events: Event) -> View:
    view = view_after(JobProjection(), *events)
    assert view is not None
    assert set(Job.model_validate(view).model_dump()) == set(view)
    return view


def test_a_submitted_job_reads_as_the_contract_says():
    view = job_after(SUBMITTED.model_copy(update={"title": "CT", "input": SCAN}))
    assert list(view.items()) == [
        ("id", str(JOB_ID)),
        ("number", 7),
        ("title", "CT"),
        ("description", None),
        ("status", "queued"),
        ("progress", 0),
        ("file_name", "scan.zip"),
        ("file_size", 10),
        ("owner_id", 1),
        ("created_at", at(0)),
        ("updated_at", None),
        ("results_payload", None),
        ("results_parsed_at", None),
        ("failure", None),
    ]


def test_every_fact_tells_when_the_job_changed():
    for length in range(2, len(STORY) + 1):
        assert job_after(*STORY[:length])["updated_at"] == at(length - 1)


def test_a_completed_job_shows_its_results():
    view = job_after(*STORY)
    assert (view["status"], view["progress"], view["results_payload"]) == ("completed", 100, RESULTS)
    assert view["results_parsed_at"] == view["updated_at"] == at(5)
    assert (view["title"], view["description"], view["file_name"], view["file_size"]) == ("CT", "chest", "scan.zip", 10)


def test_a_failed_job_shows_why():
    view = job_after(
        *STORY[:5], AnalysisFailed(job_id=JOB_ID, attempt=1, reason="NO_IMAGE", message="Нет снимков", retryable=False)
    )
    assert (view["status"], view["progress"]) == ("failed", 40)
    assert view["failure"] == {"code": "NO_IMAGE", "message": "Нет снимков"}


def test_a_job_that_runs_again_shows_nothing_of_before():
    failed = AnalysisFailed(job_id=JOB_ID, attempt=1, reason="NO_IMAGE", message="Нет снимков", retryable=False)
    for end in (STORY[5], failed):
        view = job_after(*STORY[:5], end, JobRequeued(job_id=JOB_ID, attempt=2))
        shown = [view[name] for name in ("status", "progress", "results_payload", "results_parsed_at", "failure")]
        assert shown == ["queued", 0, None, None, None]


@pytest.mark.parametrize(
    ("event", "status", "progress"),
    [
        (JobCancelled(job_id=JOB_ID, attempt=1), "cancelled", 40),
        (JobStatusSet(job_id=JOB_ID, attempt=1, status=JobStatus.COMPLETED), "completed", 100),
        (JobStatusSet(job_id=JOB_ID, attempt=1, status=JobStatus.FAILED), "failed", 40),
    ],
)
def test_what_the_owner_sets_is_shown(event: Event, status: str, progress: int):
    view = job_after(*STORY[:5], event)
    assert (view["status"], view["progress"], view["results_payload"]) == (status, progress, None)


def test_the_files_are_where_the_facts_say():
    view = view_after(JobFilesProjection(), *STORY)
    assert view == {"input": SCAN.model_dump(), "artifacts": [MASK.model_dump()]}
    again = view_after(JobFilesProjection(), *STORY, JobRequeued(job_id=JOB_ID, attempt=2))
    assert again == {"input": SCAN.model_dump(), "artifacts": []}


@pytest.mark.parametrize("projection", PROJECTIONS)
def test_a_deleted_job_leaves_nothing(projection: Projection):
    assert view_after(projection, *STORY, JobDeleted(job_id=JOB_ID)) is None


async def recorded(infrastructure: Infrastructure) -> list[Envelope]:
    stream = f"job-{JOB_ID}"
    recorder = Recorder("jobs-command", START_TIME)
    context = CommandContext(uuid4(), "user:1", "story")
    await infrastructure.events.append(stream, recorder.record(STORY, context, stream, None), START)
    return [envelope_of(event) for event in await infrastructure.events.read(stream)]


async def stored(infrastructure: Infrastructure, projection: Projection) -> Document:
    document = await infrastructure.documents.get(projection.collection, str(JOB_ID))
    assert document is not None
    return document


@pytest.mark.parametrize("projection", PROJECTIONS)
async def test_twice_in_pieces_out_of_order_and_from_scratch_lead_to_the_same(
    infrastructure: Infrastructure, projection: Projection
):
    envelopes = await recorded(infrastructure)
    projector = Projector(projection, infrastructure.documents, infrastructure.events)
    await projector.project(envelopes)
    expected = await stored(infrastructure, projection)
    assert expected.revision == len(STORY) - 1

    await projector.project(envelopes)
    assert await stored(infrastructure, projection) == expected

    shuffled = Random(1).sample(envelopes * 2, len(envelopes) * 2)
    await infrastructure.documents.delete(projection.collection, [str(JOB_ID)])
    for envelope in shuffled:
        await projector.project([envelope])
    assert await stored(infrastructure, projection) == expected

    await infrastructure.documents.delete(projection.collection, [str(JOB_ID)])
    assert await project_log(infrastructure.events, ["job"], projector) == len(STORY)
    assert await stored(infrastructure, projection) == expected
