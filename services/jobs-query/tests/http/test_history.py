"""The history of a job: every event as a sentence and as JSON."""

from collections.abc import Awaitable, Callable
from typing import ClassVar
from uuid import UUID

import httpx
import pytest

from california_gold_contracts import catalog
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import (
    AnalysisCompleted,
    AnalysisFailed,
    AnalysisProgressed,
    AnalysisStarted,
    JobCancelled,
    JobDescribed,
    JobInputAttached,
    JobRequeued,
    JobStatus,
    JobStatusSet,
)
from testkit.job_events import MASK, SCAN

RecordEvents = Callable[..., Awaitable[None]]
Submit = Callable[..., Awaitable[UUID]]


async def test_the_history_has_a_sentence_for_every_event(
    owner: httpx.AsyncClient, submit: Submit, project: RecordEvents
):
    job = await submit(title=None)
    await project(
        job,
        JobInputAttached(job_id=job, attempt=1, input=SCAN),
        JobDescribed(job_id=job, title="CT", description=None),
        AnalysisStarted(job_id=job, attempt=1, analyzer="analyzer/1"),
        AnalysisProgressed(job_id=job, attempt=1, progress=40, stage="decode"),
        AnalysisFailed(job_id=job, attempt=1, reason="TIMEOUT", message="Время вышло", retryable=True),
        JobRequeued(job_id=job, attempt=2),
        JobStatusSet(job_id=job, attempt=2, status=JobStatus.PROCESSING),
        AnalysisCompleted(job_id=job, attempt=2, results={"a": 1}, artifacts=(MASK,)),
        JobRequeued(job_id=job, attempt=3),
        JobCancelled(job_id=job, attempt=3),
    )
    history = (await owner.get(f"/jobs/{job}/history")).json()
    assert [entry["text"] for entry in history] == [
        "Задание №1 создано и ждёт файл",
        "Добавлен файл «scan.zip»",
        "Изменены название или описание",
        "Анализ начат, попытка 1",
        "Выполнено 40 % (этап decode)",
        "Анализ завершился ошибкой: Время вышло",
        "Задание возвращено в очередь, попытка 2",
        "Статус установлен вручную: processing",
        "Анализ завершён, результат готов",
        "Задание возвращено в очередь, попытка 3",
        "Задание отменено",
    ]
    assert [entry["revision"] for entry in history] == list(range(11))
    assert {entry["actor"] for entry in history} == {"user:1"}
    assert history[8]["data"]["results"] == {"a": 1}


async def test_the_history_is_in_the_language_of_the_request(
    owner: httpx.AsyncClient, submit: Submit, project: RecordEvents
):
    job = await submit(title=None)
    await project(job, AnalysisFailed(job_id=job, attempt=1, reason="TIMEOUT", message="Время вышло", retryable=True))
    answer = await owner.get(f"/jobs/{job}/history", headers={"Accept-Language": "en"})
    assert [entry["text"] for entry in answer.json()] == [
        "Job no. 1 was created and waits for a file",
        "The analysis failed: TIMEOUT",
    ]
    assert "Accept-Language" in answer.headers["vary"]


async def test_the_history_shows_no_object_keys(owner: httpx.AsyncClient, job_with_file: Submit, project: RecordEvents):
    job = await job_with_file(b"x")
    await project(job, AnalysisCompleted(job_id=job, attempt=1, results={}, artifacts=(MASK,)))
    answer = await owner.get(f"/jobs/{job}/history")
    assert "object_key" not in answer.text
    assert answer.json()[0]["data"]["input"]["name"] == "scan.zip"
    assert answer.json()[1]["data"]["artifacts"] == [{"name": MASK.name, "media_type": MASK.media_type, "size": 5}]
    assert all(catalog.JOBS.knows(entry["type"]) for entry in answer.json())


class FailedOf1(Event):
    """A failure as it was stored before version 2."""

    wire_type: ClassVar[str] = "jobs.analysis-failed.v1"

    job_id: UUID
    attempt: int = 1
    reason: str = "TIMEOUT"
    message: str = "Время вышло"


class FailedOf3(Event):
    """A newer version."""

    wire_type: ClassVar[str] = "jobs.analysis-failed.v3"

    object_key: str = "jobs/1/x/y"


async def test_an_event_of_an_earlier_version_is_shown_in_the_current_version(
    owner: httpx.AsyncClient, submit: Submit, project: RecordEvents
):
    job = await submit()
    await project(job, FailedOf1(job_id=job))
    entry = (await owner.get(f"/jobs/{job}/history")).json()[1]
    assert (entry["type"], entry["text"]) == (AnalysisFailed.wire_type, "Анализ завершился ошибкой: Время вышло")
    assert entry["data"] == {"attempt": 1, "reason": "TIMEOUT", "message": "Время вышло", "retryable": True}


async def test_only_the_type_of_an_event_of_a_newer_version_is_shown(
    owner: httpx.AsyncClient, submit: Submit, project: RecordEvents
):
    job = await submit()
    await project(job, FailedOf3(), JobCancelled(job_id=job, attempt=1))
    history = (await owner.get(f"/jobs/{job}/history")).json()
    assert [entry["revision"] for entry in history] == [0, 1, 2]
    assert (history[1]["type"], history[1]["data"]) == (FailedOf3.wire_type, {})
    assert history[2]["text"] == "Задание отменено"


async def test_the_history_is_paged_like_the_list_of_jobs(
    owner: httpx.AsyncClient, submit: Submit, project: RecordEvents
):
    job = await submit()
    await project(job, *(JobDescribed(job_id=job, title=str(number), description=None) for number in range(6)))
    everything = (await owner.get(f"/jobs/{job}/history")).json()
    pages = [(await owner.get(f"/jobs/{job}/history", params={"limit": 3, "skip": skip})).json() for skip in (0, 3, 6)]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [entry for page in pages for entry in page] == everything
    assert (await owner.get(f"/jobs/{job}/history", params={"skip": 7})).json() == []


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1001}, {"skip": -1}, {"limit": "all"}])
async def test_a_page_of_the_history_has_limits(owner: httpx.AsyncClient, submit: Submit, query: dict[str, str]):
    job = await submit()
    assert (await owner.get(f"/jobs/{job}/history", params=query)).status_code == 422


async def test_a_history_beyond_one_page_begins_with_its_first_page(
    owner: httpx.AsyncClient, submit: Submit, project: RecordEvents
):
    job = await submit()
    await project(job, *(JobDescribed(job_id=job, title=str(number), description=None) for number in range(1100)))
    assert [entry["revision"] for entry in (await owner.get(f"/jobs/{job}/history")).json()] == list(range(1000))
