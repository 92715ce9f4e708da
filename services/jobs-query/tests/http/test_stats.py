"""`GET /stats` and the gauges: each user's own statistics, and the whole system for administrators."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx
import pytest

from california_gold_contracts import topics
from california_gold_contracts.event import Event
from california_gold_contracts.jobs import (
    AnalysisCompleted,
    AnalysisFailed,
    AnalysisStarted,
    JobDeleted,
    JobRequeued,
)
from chassis.composition.embedded import embedded
from chassis.ports.clock import Clock
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from jobs_query.statistics.schemas import StatsOut, stats
from testkit.eventually import eventually
from testkit.job_events import SCAN
from testkit.job_histories import computed_statistics, store_history
from testkit.served import Served

RecordEvents = Callable[..., Awaitable[None]]
Submit = Callable[..., Awaitable[UUID]]
NOON = datetime.fromisoformat("2024-01-01T12:00:00+00:00")
NOTHING = {"count": 0, "mean": None, "p50": None, "p95": None, "max": None}


class ManualClock(Clock):
    """A clock that the test advances."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time

    def advance(self, **duration: float) -> None:
        self.time += timedelta(**duration)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def infrastructure(tmp_path: Path, clock: ManualClock) -> AsyncGenerator[Infrastructure]:
    async with embedded(tmp_path / "data", clock=clock) as opened:
        yield opened


@pytest.fixture
async def administrator(service: Served) -> httpx.AsyncClient:
    return await service.client(3, admin=True)


async def stats_of(client: httpx.AsyncClient, **query: str) -> dict[str, Any]:
    answer = await client.get("/stats", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def counted_stats_of(client: httpx.AsyncClient, infrastructure: Infrastructure) -> dict[str, Any]:
    """Return the statistics once all published events are counted."""

    async def caught_up() -> bool:
        lags = await infrastructure.bus.lag([topics.JOBS.name], "jobs-query-statistics")
        return all(lag.behind == 0 for lag in lags)

    await eventually(caught_up)
    return await stats_of(client)


async def test_the_statistics_of_a_user_without_jobs_are_zero(owner: httpx.AsyncClient):
    answer = await stats_of(owner)
    assert (answer["scope"], answer["as_of"], answer["counted_until"]) == ("own", "2024-01-01T12:00:00Z", None)
    assert answer["jobs"] == {"queued": 0, "processing": 0, "completed": 0, "failed": 0, "cancelled": 0}
    assert answer["windows"]["last_hour"] == {
        "since": "2024-01-01T11:00:00Z",
        "submitted": 0,
        "completed": 0,
        "failed": 0,
        "cancelled": 0,
        "ended_per_hour": 0.0,
        "waiting_seconds": NOTHING,
        "running_seconds": NOTHING,
        "failures_by_reason": {},
    }


async def test_a_user_reads_the_statistics_of_the_own_jobs(
    owner: httpx.AsyncClient, submit: Submit, project: RecordEvents, clock: ManualClock, infrastructure: Infrastructure
):
    job_id, _ = await submit(job_input=SCAN), await submit()
    await submit(owner_id=2)
    for seconds, event in _failing(job_id):
        clock.advance(seconds=seconds)
        await project(job_id, event)
    answer = await counted_stats_of(owner, infrastructure)
    assert answer["counted_until"] == "2024-01-01T12:01:14Z"
    assert answer["jobs"] == {"queued": 1, "processing": 1, "completed": 0, "failed": 0, "cancelled": 0}
    assert answer["windows"]["last_hour"] == {
        "since": "2024-01-01T11:00:00Z",
        "submitted": 2,
        "completed": 0,
        "failed": 1,
        "cancelled": 0,
        "ended_per_hour": round(3600 / 3674, 2),
        "waiting_seconds": {"count": 2, "mean": 3.0, "p50": approximately(2), "p95": approximately(4), "max": 4.0},
        "running_seconds": {"count": 1, "mean": 60.0, "p50": approximately(60), "p95": approximately(60), "max": 60.0},
        "failures_by_reason": {"NO_IMAGE": 1},
    }


def approximately(seconds: float) -> object:
    return pytest.approx(seconds, rel=0.091)


def _failing(job_id: UUID) -> list[tuple[float, Event]]:
    return [
        (4, AnalysisStarted(job_id=job_id, attempt=1, analyzer="analyzer/1")),
        (60, AnalysisFailed(job_id=job_id, attempt=1, reason="NO_IMAGE", message="Нет снимков", retryable=False)),
        (8, JobRequeued(job_id=job_id, attempt=2)),
        (2, AnalysisStarted(job_id=job_id, attempt=2, analyzer="analyzer/1")),
    ]


async def test_windows_move_on_and_current_jobs_stay_counted(
    owner: httpx.AsyncClient, submit: Submit, clock: ManualClock, infrastructure: Infrastructure
):
    await submit()
    for hours, in_the_last_hour, in_the_last_day in ((0, 1, 1), (2, 0, 1), (24, 0, 0)):
        clock.advance(hours=hours)
        answer = await counted_stats_of(owner, infrastructure)
        submitted = [answer["windows"][window]["submitted"] for window in ("last_hour", "last_day")]
        assert submitted == [in_the_last_hour, in_the_last_day], hours
        assert answer["jobs"]["queued"] == 1


async def test_a_deleted_job_stays_in_the_windows_only(
    owner: httpx.AsyncClient, submit: Submit, project: RecordEvents, infrastructure: Infrastructure
):
    job_id = await submit(job_input=SCAN)
    completed = AnalysisCompleted(job_id=job_id, attempt=1, results={}, artifacts=())
    await project(
        job_id, AnalysisStarted(job_id=job_id, attempt=1, analyzer="a/1"), completed, JobDeleted(job_id=job_id)
    )
    answer = await counted_stats_of(owner, infrastructure)
    assert set(answer["jobs"].values()) == {0}
    assert (answer["windows"]["last_hour"]["submitted"], answer["windows"]["last_hour"]["completed"]) == (1, 1)


async def test_an_administrator_reads_the_whole_system_or_the_own_jobs(
    administrator: httpx.AsyncClient, submit: Submit, infrastructure: Infrastructure
):
    for owner_id in (1, 2, 3):
        await submit(owner_id=owner_id)
    answer = await counted_stats_of(administrator, infrastructure)
    assert (answer["scope"], answer["jobs"]["queued"]) == ("system", 3)
    assert await stats_of(administrator, scope="system") == answer
    own = await stats_of(administrator, scope="own")
    assert (own["scope"], own["jobs"]["queued"]) == ("own", 1)


async def test_only_administrators_read_the_statistics_of_the_system(owner: httpx.AsyncClient, service: Served):
    answer = await owner.get("/stats?scope=system")
    assert answer.status_code == 403
    assert answer.json() == {"detail": "Статистика всей системы доступна только администраторам"}
    anonymous = await (await service.client()).get("/stats")
    assert (anonymous.status_code, anonymous.headers["www-authenticate"]) == (401, "Bearer")
    assert (await owner.get("/stats?scope=user:2")).status_code == 422


async def test_every_field_and_error_is_documented(owner: httpx.AsyncClient):
    documented = (await owner.get("/openapi.json")).json()
    operation = documented["paths"]["/stats"]["get"]
    assert {"200", "401", "403", "422"} <= set(operation["responses"])
    assert operation["security"] == [{"bearer": []}]
    schemas = documented["components"]["schemas"]
    for name in ("StatsOut", "WindowOut"):
        fields = schemas[name]["properties"]
        assert all("examples" in field or "$ref" in str(field) for field in fields.values()), name


async def test_the_gauges_are_the_statistics_of_the_system(
    administrator: httpx.AsyncClient, submit: Submit, project: RecordEvents, infrastructure: Infrastructure
):
    job_id, _ = await submit(job_input=SCAN), await submit(owner_id=2)
    await project(
        job_id, AnalysisFailed(job_id=job_id, attempt=1, reason="NO_IMAGE", message="Нет снимков", retryable=False)
    )
    await counted_stats_of(administrator, infrastructure)
    lines = (await administrator.get("/metrics")).text.splitlines()
    assert 'california_gold_jobs{status="queued"} 1.0' in lines
    assert 'california_gold_jobs{status="processing"} 0.0' in lines
    assert 'california_gold_jobs_ended_last_hour{status="failed"} 1.0' in lines
    assert 'california_gold_jobs_failed_last_hour{reason="NO_IMAGE"} 1.0' in lines
    assert (
        'california_gold_consumer_lag_events{group="jobs-query-statistics",topic="california-gold.jobs"} 0.0' in lines
    )
    assert not any("user" in line for line in lines if "california_gold_job" in line)


async def test_statistics_are_right_despite_duplicates_and_reordering(
    owner: httpx.AsyncClient, administrator: httpx.AsyncClient, infrastructure: Infrastructure, clock: ManualClock
):
    random = Random(11)
    histories = [await store_history(infrastructure.events, random, NOON, [1, 2], 12) for _ in range(60)]
    events = [envelope for history in histories for envelope in history]
    deliveries = random.sample(events * 2, 2 * len(events))
    await infrastructure.bus.publish(
        [Message(topics.JOBS.name, event.subject, event.data, event.headers()) for event in deliveries]
    )
    clock.time = max(event.time for event in events)
    answer = StatsOut.model_validate(await counted_stats_of(administrator, infrastructure))
    assert answer == stats(computed_statistics(histories), "system", clock.time)
    own = StatsOut.model_validate(await stats_of(owner))
    assert own == stats(computed_statistics(histories, 1), "own", clock.time)
