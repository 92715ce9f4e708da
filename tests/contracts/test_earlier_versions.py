"""A failed analysis of version 1 reads as version 2 would have told it, wherever it is read."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import orjson
import pytest
from pydantic import ValidationError

from analyzer.domain.failures import FailureCode
from california_gold_contracts import catalog, jobs
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.published import golden_sample, schema
from notifier.domain.job_update import JobState, evolve

JOB = UUID("0b9f7c7e-5a51-4c39-8b7e-3a1f6f0c2d11")
NAMES = ["analysis.analysis-failed", "jobs.analysis-failed"]
SUBMITTED = jobs.JobSubmitted(job_id=JOB, number=4, owner_id=7, title="CT", description=None, input=None)


def failed(reason: object, **more: object) -> bytes:
    return orjson.dumps({"job_id": JOB, "attempt": 1, "reason": reason, "message": "Ошибка", **more})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("code", FailureCode)
def test_version_1_says_by_its_reason_what_the_analyzer_says_in_version_2(name: str, code: FailureCode) -> None:
    earlier = catalog.CATALOG.decode(f"{name}.v1", failed(code))

    assert earlier == catalog.CATALOG.decode(f"{name}.v2", failed(code, retryable=code.may_pass_later))


@pytest.mark.parametrize("name", NAMES)
def test_a_reason_that_version_1_never_had_promises_nothing(name: str) -> None:
    assert catalog.CATALOG.decode(f"{name}.v1", failed("BROKEN")).model_dump()["retryable"] is False


@pytest.mark.parametrize("name", NAMES)
def test_version_2_says_it_always(name: str) -> None:
    with pytest.raises(ValidationError):
        catalog.CATALOG.decode(f"{name}.v2", golden_sample(f"{name}.v1"))
    assert "retryable" in schema(f"{name}.v2")["required"]
    assert "retryable" not in schema(f"{name}.v1")["properties"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", [b"{}", b"[]", failed(["TIMEOUT"]), failed({"code": "TIMEOUT"}), failed(None)])
def test_bad_data_of_version_1_is_told_as_bad_data(name: str, data: bytes) -> None:
    with pytest.raises(ValidationError):
        catalog.CATALOG.decode(f"{name}.v1", data)


@pytest.mark.parametrize("reason", ["TIMEOUT", "NO_IMAGE"])
def test_a_socket_tells_of_both_versions_alike(reason: str) -> None:
    told = [told_after("jobs.analysis-failed.v1", failed(reason))]
    told.append(told_after("jobs.analysis-failed.v2", failed(reason, retryable=reason == "TIMEOUT")))

    assert told[0] == told[1]
    assert told[0] is not None


def told_after(wire_type: str, data: bytes) -> JobState | None:
    submitted = evolve(None, SUBMITTED, _envelope(SUBMITTED.wire_type, 0))
    return evolve(submitted, catalog.JOBS.decode(wire_type, data), _envelope(wire_type, 1))


def _envelope(wire_type: str, revision: int) -> Envelope:
    time = datetime(2024, 1, 1, tzinfo=UTC)
    return Envelope(uuid4(), wire_type, "/tests", str(JOB), time, b"{}", revision=revision)
