"""What `GET /stats` answers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, Field

from california_gold_contracts.jobs import JobStatus
from jobs_query.statistics.durations import Durations
from jobs_query.statistics.statistics import LAST_DAY, LAST_HOUR, Statistics, Window

Scope = Literal["own", "system"]


class DurationsOut(BaseModel):
    """Длительности в секундах. `p50` и `p95` — оценки, точные до 9 %; остальное точно до миллисекунды."""

    count: int = Field(examples=[40])
    mean: float | None = Field(description="null, если ещё нечего считать", examples=[2.125])
    p50: float | None = Field(examples=[1.543])
    p95: float | None = Field(examples=[6.169])
    max: float | None = Field(examples=[7.02])


class WindowOut(BaseModel):
    """Что произошло с `since` до `as_of`."""

    since: datetime = Field(
        description="Начало: до пяти минут (последний час) или до часа (последние сутки) раньше ровного срока",
        examples=["2024-01-01T11:30:00Z"],
    )
    submitted: int = Field(description="Создано заданий", examples=[42])
    completed: int = Field(description="Завершено с результатом", examples=[38])
    failed: int = Field(description="Завершено ошибкой", examples=[2])
    cancelled: int = Field(description="Отменено", examples=[1])
    ended_per_hour: float = Field(description="Завершено, с ошибкой или отменено, в среднем за час", examples=[39.05])
    waiting_seconds: DurationsOut = Field(
        description="Ожидание анализа: с создания задания с файлом, добавления файла или возврата в очередь"
    )
    running_seconds: DurationsOut = Field(description="Анализ: от начала до результата, ошибки или отмены")
    failures_by_reason: dict[str, int] = Field(
        description="Ошибки по причинам; `STATUS_SET` — статус установлен вручную", examples=[{"NO_IMAGE": 2}]
    )


class WindowsOut(BaseModel):
    """Последний час и последние сутки."""

    last_hour: WindowOut
    last_day: WindowOut


class StatsOut(BaseModel):
    """Статистика заданий. Счёт идёт вслед за событиями и может отставать от них на секунды."""

    scope: Scope = Field(description="Чьи задания: свои или всей системы", examples=["own"])
    as_of: datetime = Field(description="Конец окон: время ответа", examples=["2024-01-01T12:31:07Z"])
    counted_until: datetime | None = Field(
        description="Время последнего учтённого события; null, если их не было", examples=["2024-01-01T12:31:02.114Z"]
    )
    jobs: dict[JobStatus, int] = Field(
        description="Сколько сейчас заданий в каждом статусе",
        examples=[{"queued": 3, "processing": 1, "completed": 210, "failed": 4, "cancelled": 2}],
    )
    windows: WindowsOut


def stats(statistics: Statistics, scope: Scope, as_of: datetime) -> StatsOut:
    """Return statistics as they are answered at a moment."""
    counted_until = datetime.fromtimestamp(statistics.newest_ms / 1000, UTC) if statistics.newest_ms else None
    return StatsOut(
        scope=scope,
        as_of=as_of,
        counted_until=counted_until,
        jobs=_jobs(statistics.jobs),
        windows=WindowsOut(
            last_hour=_window(statistics, LAST_HOUR, as_of),
            last_day=_window(statistics, LAST_DAY, as_of),
        ),
    )


def _jobs(counted: Mapping[JobStatus, int]) -> dict[JobStatus, int]:
    return {status: counted.get(status, 0) for status in JobStatus}


def _window(statistics: Statistics, window: Window, as_of: datetime) -> WindowOut:
    counters, since = statistics.within(window, as_of), window.since(as_of)
    hours = (as_of - since).total_seconds() / 3600
    return WindowOut(
        since=since,
        submitted=counters.submitted,
        completed=counters.ended.get(JobStatus.COMPLETED, 0),
        failed=counters.ended.get(JobStatus.FAILED, 0),
        cancelled=counters.ended.get(JobStatus.CANCELLED, 0),
        ended_per_hour=round(sum(counters.ended.values()) / hours, 2),
        waiting_seconds=_durations(counters.waiting),
        running_seconds=_durations(counters.running),
        failures_by_reason=counters.failures,
    )


def _durations(durations: Durations) -> DurationsOut:
    count = durations.count
    if not count:
        return DurationsOut(count=0, mean=None, p50=None, p95=None, max=None)
    return DurationsOut(
        count=count,
        mean=_seconds(durations.total_ms / count),
        p50=_seconds(durations.percentile(0.5)),
        p95=_seconds(durations.percentile(0.95)),
        max=_seconds(durations.longest_ms),
    )


def _seconds(duration_ms: float) -> float:
    return round(duration_ms / 1000, 3)
