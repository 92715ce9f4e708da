"""Messages of the notifier conform to AsyncAPI; neither package may import the other, so the test is here."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from jsonschema import Draft202012Validator

from california_gold_contracts import jobs
from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.jobs import JobEvent, JobInput
from notifier.domain.job_update import evolve, job_not_found, job_update
from tools.yaml_documents import parsed

JOB = UUID("0b9f7c7e-5a51-4c39-8b7e-3a1f6f0c2d11")
FILE = JobInput(object_key="jobs/1/x/y", name="chest.zip", size=9, sha256="ab", content_type="application/zip")
SUBMITTED = jobs.JobSubmitted(job_id=JOB, number=4, owner_id=7, title="Chest", description=None, input=FILE)
WITHOUT_FILE = jobs.JobSubmitted(job_id=JOB, number=4, owner_id=7, title=None, description=None, input=None)
COMPLETED = jobs.AnalysisCompleted(job_id=JOB, attempt=1, results={"rows": []}, artifacts=())
FAILED = jobs.AnalysisFailed(job_id=JOB, attempt=1, reason="NO_IMAGE", message="Нет изображений", retryable=False)
DOCUMENT = parsed((Path(__file__).parents[2] / "contracts" / "asyncapi.yaml").read_bytes())


@pytest.mark.parametrize("to_owner", [True, False])
@pytest.mark.parametrize("events", [(SUBMITTED,), (WITHOUT_FILE,), (SUBMITTED, COMPLETED), (SUBMITTED, FAILED)])
def test_messages_about_a_job_conform_to_asyncapi(events: tuple[JobEvent, ...], *, to_owner: bool) -> None:
    state = None
    for revision, event in enumerate(events):
        time = datetime(2024, 1, 1, tzinfo=UTC)
        envelope = Envelope(uuid4(), event.wire_type, "/tests", str(JOB), time, encode(event), revision=revision)
        state = evolve(state, event, envelope)
    assert state
    sent = json.loads(job_update(state, to_owner=to_owner))

    assert _conforms("JobUpdate", sent)
    assert set(sent["job"]) <= set(DOCUMENT["components"]["schemas"]["SocketJob"]["properties"])
    assert not _conforms("JobUpdate", {**sent, "job": {**sent["job"], "status": "exploded"}})


def test_the_message_about_an_unknown_job_conforms_to_asyncapi() -> None:
    assert _conforms("JobNotFound", json.loads(job_not_found(str(JOB))))


def _conforms(schema: str, sent: dict[str, Any]) -> bool:
    validator = Draft202012Validator({"$ref": f"#/components/schemas/{schema}", **DOCUMENT})
    return validator.is_valid(sent)  # pyright: ignore[reportUnknownMemberType]
