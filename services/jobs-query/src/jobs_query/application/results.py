"""The result of a job, or why there is none."""

from collections.abc import Mapping
from typing import cast

from pydantic import JsonValue

from california_gold_contracts.jobs import JobStatus
from jobs_query.application.jobs import ShownJob
from jobs_query.domain.errors import NoResult

Results = Mapping[str, JsonValue]


def results_of(job: ShownJob) -> Results:
    """Return what the analysis of a job found. Raises `NoResult`."""
    results = job.view["results_payload"]
    if results is None:
        raise _reason(job)
    return cast("Results", results)


def _reason(job: ShownJob) -> NoResult:
    status, failure = job.view["status"], cast("Mapping[str, str] | None", job.view["failure"])
    if status == JobStatus.FAILED and failure:
        return NoResult(f"Анализ завершился ошибкой: {failure['message']}")
    if status == JobStatus.CANCELLED:
        return NoResult("Задание отменено, результата нет")
    if status in {JobStatus.QUEUED, JobStatus.PROCESSING}:
        return NoResult()
    return NoResult("Задание завершено без результата")
