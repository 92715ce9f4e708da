"""The read models of jobs do not depend on the order of delivery; `contracts/tests/test_job_view.py` has the view."""

from collections.abc import Sequence
from random import Random
from uuid import uuid4

import orjson
import pytest

from california_gold_contracts import job_view
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder, envelope_of
from chassis.ports.document_store import Document
from chassis.ports.event_store import START
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.projector import Projection, Projector, View
from jobs_query.projections.job import JobProjection
from jobs_query.projections.job_files import JobFilesProjection
from testkit.job_events import DELETED, HISTORY, JOB_ID, MASK, REQUEUED, SCAN, START_TIME, envelopes
from testkit.rebuilds import project_log

PROJECTIONS: Sequence[Projection] = (JobProjection(), JobFilesProjection())


def view_after(projection: Projection, *events: Event) -> View | None:
    view: View | None = None
    for event, envelope in zip(events, envelopes(events), strict=True):
        before = orjson.dumps(view)
        after = projection.apply(view, event, envelope)
        assert orjson.dumps(view) == before, "the given view was changed"
        view = after
    return view


def test_the_body_of_a_job_is_the_job_view():
    expected: View | None = None
    for event, envelope in zip(HISTORY, envelopes(HISTORY), strict=True):
        expected = job_view.apply(expected, event, envelope)
    view = view_after(JobProjection(), *HISTORY)
    assert view is not None
    assert orjson.dumps(view) == orjson.dumps(expected)
    assert JobProjection().keys(view) == {"owner_id": 1, "number": 7}


def test_the_files_are_those_of_the_latest_attempt():
    view = view_after(JobFilesProjection(), *HISTORY)
    assert view == {"input": SCAN.model_dump(), "artifacts": [MASK.model_dump()]}
    requeued = view_after(JobFilesProjection(), *HISTORY, REQUEUED)
    assert requeued == {"input": SCAN.model_dump(), "artifacts": []}


@pytest.mark.parametrize("projection", PROJECTIONS)
def test_a_deleted_job_has_no_view(projection: Projection):
    assert view_after(projection, *HISTORY, DELETED) is None


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
    messages = await recorded(infrastructure)
    projector = Projector(projection, infrastructure.documents, infrastructure.events)
    await projector.project(messages)
    expected = await stored(infrastructure, projection)
    assert expected.revision == len(HISTORY) - 1

    await projector.project(messages)
    assert await stored(infrastructure, projection) == expected

    shuffled = Random(1).sample(messages * 2, len(messages) * 2)
    await infrastructure.documents.delete(projection.collection, [str(JOB_ID)])
    for envelope in shuffled:
        await projector.project([envelope])
    assert await stored(infrastructure, projection) == expected

    await infrastructure.documents.delete(projection.collection, [str(JOB_ID)])
    assert await project_log(infrastructure.events, ["job"], projector) == len(HISTORY)
    assert await stored(infrastructure, projection) == expected
