"""Upcasting: a failure event of version 1 is decoded as version 2."""

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
def test_retryable_of_version_1_is_derived_from_the_reason(name: str, code: FailureCode) -> None:
    earlier = catalog.CATALOG.decode(f"{name}.v1", failed(code))

    assert earlier == catalog.CATALOG.decode(f"{name}.v2", failed(code, retryable=code.may_pass_later))


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_reason_in_version_1_is_not_retryable(name: str) -> None:
    assert catalog.CATALOG.decode(f"{name}.v1", failed("BROKEN")).model_dump()["retryable"] is False


@pytest.mark.parametrize("name", NAMES)
def test_retryable_is_required_in_version_2(name: str) -> None:
    with pytest.raises(ValidationError):
        catalog.CATALOG.decode(f"{name}.v2", golden_sample(f"{name}.v1"))
    assert "retryable" in schema(f"{name}.v2")["required"]
    assert "retryable" not in schema(f"{name}.v1")["properties"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", [b"{}", b"[]", failed(["TIMEOUT"]), failed({"code": "TIMEOUT"}), failed(None)])
def test_malformed_data_of_version_1_raises_a_validation_error(name: str, data: bytes) -> None:
    with pytest.raises(ValidationError):
        catalog.CATALOG.decode(f"{name}.v1", data)


@pytest.mark.parametrize("reason", ["TIMEOUT", "NO_IMAGE"])
def test_the_socket_state_is_equal_for_both_versions(reason: str) -> None:
    states = [state_after("jobs.analysis-failed.v1", failed(reason))]
    states.append(state_after("jobs.analysis-failed.v2", failed(reason, retryable=reason == "TIMEOUT")))

    assert states[0] == states[1]
    assert states[0] is not None


def state_after(wire_type: str, data: bytes) -> JobState | None:
    submitted = evolve(None, SUBMITTED, _envelope(SUBMITTED.wire_type, 0))
    return evolve(submitted, catalog.JOBS.decode(wire_type, data), _envelope(wire_type, 1))


def _envelope(wire_type: str, revision: int) -> Envelope:
    time = datetime(2024, 1, 1, tzinfo=UTC)
    return Envelope(uuid4(), wire_type, "/tests", str(JOB), time, b"{}", revision=revision)
