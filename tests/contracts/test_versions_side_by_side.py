"""Known and unknown versions of the failure event in a stream, a rebuild and a bundle."""

import json
import zipfile
from collections.abc import Sequence
from io import BytesIO
from typing import cast
from uuid import UUID, uuid4

import orjson
import pytest

from california_gold_contracts import jobs
from california_gold_contracts.jobs import JobStatus
from california_gold_contracts.published import schema
from chassis.audit.bundle import BundleContents, make_bundle
from chassis.audit.bundle_check import check_bundle
from chassis.audit.checkpoint import make_checkpoint
from chassis.audit.signatures import Signer
from chassis.audit.verification import scan_log
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.projector import Projection, Projector, View
from jobs_command.entrypoints.audit import AUDITED
from jobs_query.projections.job import JobProjection
from jobs_query.projections.job_files import JobFilesProjection
from jobs_query.statistics.job_states import JobStatesProjection
from testkit.rebuilds import project_log
from tests.contracts.job_histories import (
    TIME,
    V1,
    V2,
    V3,
    FailedV1,
    FailedV2,
    FailedV3,
    aggregates,
    failed_twice,
    stored,
    types,
)


async def test_both_versions_in_a_stream_fold_into_one_state(infrastructure: Infrastructure) -> None:
    stream = await failed_twice(infrastructure, job_id := uuid4())
    present = (await aggregates(infrastructure).load(job_id)).state

    assert (await types(infrastructure, stream))[2:] == [V1, jobs.JobRequeued.wire_type, V2]
    assert present is not None
    assert (present.status, present.attempt, present.failure) == (
        JobStatus.FAILED,
        2,
        {"code": "NO_IMAGE", "message": "Нет снимков"},
    )
    assert (await scan_log(infrastructure.events)).faults == []


@pytest.mark.parametrize("projection", [JobProjection(), JobFilesProjection(), JobStatesProjection()], ids=type)
async def test_a_rebuild_gives_equal_documents_for_both_versions(
    infrastructure: Infrastructure, projection: Projection
) -> None:
    first, second = uuid4(), uuid4()
    await stored(infrastructure, first, FailedV1(job_id=first))
    await stored(infrastructure, second, FailedV2(job_id=second))

    of_first, of_second = await rebuilt(infrastructure, projection, [first, second])
    assert {**of_first, "id": ""} == {**of_second, "id": ""}
    if isinstance(projection, JobProjection):
        assert (of_first["status"], of_first["failure"]) == ("failed", {"code": "TIMEOUT", "message": "Время вышло"})


async def test_a_rebuild_skips_an_unknown_version(infrastructure: Infrastructure) -> None:
    job_id = uuid4()
    stream = await stored(infrastructure, job_id, FailedV3(job_id=job_id), jobs.JobRequeued(job_id=job_id, attempt=2))

    (document,) = await rebuilt(infrastructure, JobProjection(), [job_id])
    assert document["status"] == "queued"
    assert V3 in await types(infrastructure, stream)


async def test_a_bundle_has_the_schemas_of_both_versions(infrastructure: Infrastructure) -> None:
    stream = await failed_twice(infrastructure, uuid4())
    signer, scan = Signer(infrastructure.keys), await scan_log(infrastructure.events)
    checkpoint = await make_checkpoint(scan.heads, scan.position, scan.events, TIME, signer)
    content = await make_bundle(BundleContents(AUDITED, await infrastructure.events.read(stream), checkpoint), signer)

    with zipfile.ZipFile(BytesIO(content)) as archive:
        for wire_type in (V1, V2):
            assert json.loads(archive.read(f"schemas/{wire_type}.json")) == schema(wire_type)
    assert list(check_bundle(content, lambda _, events: AUDITED.state(events)).problems) == []


async def rebuilt(infrastructure: Infrastructure, projection: Projection, job_ids: Sequence[UUID]) -> Sequence[View]:
    await project_log(infrastructure.events, ["job"], Projector(projection, infrastructure.documents, None))
    found = await infrastructure.documents.get_many(projection.collection, list(map(str, job_ids)))
    return [cast("View", orjson.loads(found[str(job_id)].body or b"")) for job_id in job_ids]
