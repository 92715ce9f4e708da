"""The response of `GET /stats`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from california_gold_contracts.jobs import JobStatus
from jobs_query import messages
from jobs_query.statistics.durations import Durations
from jobs_query.statistics.statistics import LAST_DAY, LAST_HOUR, Statistics, Window

Scope = Literal["own", "system"]


class DurationsOut(BaseModel):
    """Count, mean, percentiles and maximum of durations, in seconds."""

    model_config = ConfigDict(json_schema_extra={"description": messages.DURATIONS_OUT.ru})

    count: int = Field(examples=[40])
    mean: float | None = Field(description=messages.MEAN.ru, examples=[2.125])
    p50: float | None = Field(examples=[1.543])
    p95: float | None = Field(examples=[6.169])
    max: float | None = Field(examples=[7.02])


class WindowOut(BaseModel):
    """What happened from `since` to `as_of`."""

    model_config = ConfigDict(json_schema_extra={"description": messages.WINDOW_OUT.ru})

    since: datetime = Field(
        description=messages.SINCE.ru,
        examples=["2024-01-01T11:30:00Z"],
    )
    submitted: int = Field(description=messages.SUBMITTED.ru, examples=[42])
    completed: int = Field(description=messages.COMPLETED.ru, examples=[38])
    failed: int = Field(description=messages.FAILED.ru, examples=[2])
    cancelled: int = Field(description=messages.CANCELLED.ru, examples=[1])
    ended_per_hour: float = Field(description=messages.ENDED_PER_HOUR.ru, examples=[39.05])
    waiting_seconds: DurationsOut = Field(description=messages.WAITING_SECONDS.ru)
    running_seconds: DurationsOut = Field(description=messages.RUNNING_SECONDS.ru)
    failures_by_reason: dict[str, int] = Field(description=messages.FAILURES_BY_REASON.ru, examples=[{"NO_IMAGE": 2}])


class WindowsOut(BaseModel):
    """The last hour and the last day."""

    model_config = ConfigDict(json_schema_extra={"description": messages.WINDOWS_OUT.ru})

    last_hour: WindowOut
    last_day: WindowOut


class StatsOut(BaseModel):
    """Statistics of the jobs of a scope."""

    model_config = ConfigDict(json_schema_extra={"description": messages.STATS_OUT.ru})

    scope: Scope = Field(description=messages.SCOPE_OUT.ru, examples=["own"])
    as_of: datetime = Field(description=messages.AS_OF.ru, examples=["2024-01-01T12:31:07Z"])
    counted_until: datetime | None = Field(description=messages.COUNTED_UNTIL.ru, examples=["2024-01-01T12:31:02.114Z"])
    jobs: dict[JobStatus, int] = Field(
        description=messages.JOBS_BY_STATUS.ru,
        examples=[{"queued": 3, "processing": 1, "completed": 210, "failed": 4, "cancelled": 2}],
    )
    windows: WindowsOut


def stats(statistics: Statistics, scope: Scope, as_of: datetime) -> StatsOut:
    """Return the response for statistics, with windows that end at `as_of`."""
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
    counters, since = statistics.counters_in(window, as_of), window.since(as_of)
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
