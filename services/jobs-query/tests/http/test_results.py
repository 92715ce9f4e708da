"""The result of a job, as JSON and as a workbook."""

from collections.abc import Awaitable, Callable
from io import BytesIO
from uuid import UUID

import httpx
import pytest
from openpyxl import load_workbook
from pydantic import JsonValue

from california_gold_contracts.event import Event
from california_gold_contracts.jobs import (
    AnalysisCompleted,
    AnalysisFailed,
    AnalysisStarted,
    JobCancelled,
    JobStatus,
    JobStatusSet,
)

RecordEvents = Callable[..., Awaitable[None]]
Submit = Callable[..., Awaitable[UUID]]
RESULTS: dict[str, JsonValue] = {
    "summary": {"total_volume": 1500.5, "lesions_count": 2, "confidence": None},
    "findings": [
        {"id": "finding-1", "type": "lesion", "volume": 500.2, "location": {"x": 1, "y": 2, "z": 3}, "gap": False},
        {"id": "=1+1", "type": "@lesion", "volume": -1, "axes_mm": [3, 2.5, 1]},
    ],
    "metrics": [{"name": "dice_score", "value": 0.89, "unit": "1"}],
    "warnings": [{"code": "SPACING", "message": "+Неравные расстояния"}],
    "notice": "-Только для исследований",
}


@pytest.fixture
async def completed(submit: Submit, project: RecordEvents) -> UUID:
    job_id = await submit(title="=HYPERLINK()")
    await project(job_id, AnalysisCompleted(job_id=job_id, attempt=1, results=RESULTS, artifacts=()))
    return job_id


async def test_results_are_answered_as_the_contract_says(owner: httpx.AsyncClient, completed: UUID):
    answer = await owner.get(f"/jobs/{completed}/results")
    job = (await owner.get(f"/jobs/{completed}")).json()
    assert answer.status_code == 200
    assert answer.json() == {
        "job_id": str(completed),
        "parsed_at": job["results_parsed_at"],
        "results": RESULTS,
        "source": "cached",
    }
    assert job["results_payload"] == RESULTS


@pytest.mark.parametrize("suffix", ["results", "results.xlsx"])
async def test_a_job_without_a_result_says_why(
    owner: httpx.AsyncClient, submit: Submit, project: RecordEvents, suffix: str
):
    job_id = UUID(int=0)
    reasons: list[tuple[Callable[[UUID], Event] | None, str]] = [
        (None, "Результат ещё не готов"),
        (lambda job: AnalysisStarted(job_id=job, attempt=1, analyzer="analyzer/1"), "Результат ещё не готов"),
        (
            lambda job: AnalysisFailed(
                job_id=job, attempt=1, reason="NO_IMAGE", message="Нет снимков", retryable=False
            ),
            "Анализ завершился ошибкой: Нет снимков",
        ),
        (lambda job: JobCancelled(job_id=job, attempt=1), "Задание отменено, результата нет"),
        (
            lambda job: JobStatusSet(job_id=job, attempt=1, status=JobStatus.COMPLETED),
            "Задание завершено без результата",
        ),
        (
            lambda job: JobStatusSet(job_id=job, attempt=1, status=JobStatus.FAILED),
            "Задание завершено без результата",
        ),
    ]
    for event_of, reason in reasons:
        job_id = await submit()
        if event_of:
            await project(job_id, event_of(job_id))
        answer = await owner.get(f"/jobs/{job_id}/{suffix}")
        assert (answer.status_code, answer.json()) == (404, {"detail": reason})


async def test_the_reason_is_in_english_where_the_client_prefers_it(
    owner: httpx.AsyncClient, submit: Submit, project: RecordEvents
):
    job_id = await submit()
    await project(
        job_id,
        AnalysisFailed(job_id=job_id, attempt=1, reason="NO_IMAGE", message="Нет снимков", retryable=False),
    )
    answer = await owner.get(f"/jobs/{job_id}/results", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()) == (404, {"detail": "The analysis failed: NO_IMAGE"})


async def test_the_workbook_has_the_three_sheets_and_no_formula(owner: httpx.AsyncClient, completed: UUID):
    answer = await owner.get(f"/jobs/{completed}/results.xlsx")
    book = load_workbook(BytesIO(answer.content))
    assert book.sheetnames == ["Summary", "Findings", "Metrics"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if isinstance(cell.value, str)} == {"s"}
    assert "=HYPERLINK()" in [cell.value for cell in cells]


async def test_the_workbook_contains_the_result(owner: httpx.AsyncClient, completed: UUID):
    book = load_workbook(BytesIO((await owner.get(f"/jobs/{completed}/results.xlsx")).content))
    summary = {row[0]: row[1] for row in book["Summary"].iter_rows(values_only=True)}
    findings = list(book["Findings"].iter_rows(values_only=True))
    metrics = list(book["Metrics"].iter_rows(values_only=True))
    assert summary["id"] == str(completed)
    assert (summary["summary.total_volume"], summary["summary.lesions_count"]) == (1500.5, 2)
    assert summary["warnings.1.message"] == "+Неравные расстояния"
    assert summary["notice"] == "-Только для исследований"
    columns = [str(column) for column in findings[0]]
    assert dict(zip(columns, findings[1], strict=True))["location.z"] == 3
    assert dict(zip(columns, findings[1], strict=True))["gap"] is False
    assert dict(zip(columns, findings[2], strict=True)) | {"axes_mm.2": 2.5, "id": "=1+1"} == dict(
        zip(columns, findings[2], strict=True)
    )
    assert metrics == [("name", "value", "unit"), ("dice_score", 0.89, "1")]


async def test_the_workbook_is_named_after_the_file(
    owner: httpx.AsyncClient, completed: UUID, job_with_file: Submit, project: RecordEvents
):
    named = await job_with_file(b"x", "КТ груди.zip")
    await project(named, AnalysisCompleted(job_id=named, attempt=1, results={}, artifacts=()))
    by_file = (await owner.get(f"/jobs/{named}/results.xlsx")).headers["content-disposition"]
    by_number = (await owner.get(f"/jobs/{completed}/results.xlsx")).headers["content-disposition"]
    assert by_file.endswith("filename*=UTF-8''%D0%9A%D0%A2%20%D0%B3%D1%80%D1%83%D0%B4%D0%B8-results.xlsx")
    assert by_number == 'attachment; filename="job-1-results.xlsx"'


async def test_results_of_any_shape_make_a_workbook(owner: httpx.AsyncClient, submit: Submit, project: RecordEvents):
    shapes: list[dict[str, JsonValue]] = [
        {},
        {"summary": 1, "findings": {}, "metrics": None},
        {"findings": [1, "x", [], {}], "metrics": [None]},
        {"summary": {"text": "x" * 40_000 + "\x00\x01😀"}, "findings": [{"big": 2**60, "true": True}]},
    ]
    for results in shapes:
        job_id = await submit()
        await project(job_id, AnalysisCompleted(job_id=job_id, attempt=1, results=results, artifacts=()))
        answer = await owner.get(f"/jobs/{job_id}/results.xlsx")
        assert load_workbook(BytesIO(answer.content)).sheetnames == ["Summary", "Findings", "Metrics"]
