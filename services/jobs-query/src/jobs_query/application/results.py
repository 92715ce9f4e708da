"""The result of a job, or why there is none."""

from collections.abc import Mapping
from typing import cast

from pydantic import JsonValue

from california_gold_contracts.jobs import JobStatus
from jobs_query import messages
from jobs_query.application.jobs import JobDocument
from jobs_query.domain.errors import NoResult

Results = Mapping[str, JsonValue]


def results_of(job: JobDocument) -> Results:
    """Return the result of a job's analysis. Raises `NoResult`."""
    results = job.view["results_payload"]
    if results is None:
        raise _no_result(job)
    return cast("Results", results)


def _no_result(job: JobDocument) -> NoResult:
    status, failure = job.view["status"], cast("Mapping[str, str] | None", job.view["failure"])
    if status == JobStatus.FAILED and failure:
        return NoResult(messages.ANALYSIS_FAILED.format(message=failure["message"], code=failure["code"]))
    if status == JobStatus.CANCELLED:
        return NoResult(messages.JOB_CANCELLED)
    if status in {JobStatus.QUEUED, JobStatus.PROCESSING}:
        return NoResult()
    return NoResult(messages.ENDED_WITHOUT_RESULT)
