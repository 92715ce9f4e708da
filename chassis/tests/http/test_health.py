"""Health, liveness, readiness and metrics."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import cast

import httpx
import pytest

from chassis.ports.event_store import EventStore, StoredEvent, StoreRefused, StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import MessageBus
from chassis.ports.object_store import ObjectStore
from chassis.runtime.service import Measurement, Service, Worker
from testkit.eventually import eventually

OpenApi = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


class UnavailableStore:
    """A store whose every call fails."""

    def __getattr__(self, name: str) -> Callable[..., object]:
        async def ask(*_: object, **__: object) -> None:
            raise StoreUnavailable(f"{name}: no space left")

        return ask


class StoreWithoutRightToTheLog:
    """An event store whose user may read streams, and not the log."""

    async def last(self, stream: str) -> None:
        return None

    async def read_all(self, after: int) -> AsyncGenerator[Sequence[StoredEvent]]:
        raise StoreUnavailable("the server denies this right to the user")
        yield []


class HangingStore:
    """A store that never answers."""

    def __init__(self) -> None:
        self.calls = 0

    async def last(self, stream: str) -> None:
        self.calls += 1
        await asyncio.Event().wait()


class BusWithoutOffsets:
    """A real bus whose offsets cannot be read."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus

    async def lag(self, topics: Sequence[str], group: str) -> None:
        raise StoreUnavailable("away")

    def __getattr__(self, name: str) -> object:
        return getattr(self._bus, name)


async def forever() -> None:
    await asyncio.Event().wait()


async def test_a_healthy_system_is_200(api: httpx.AsyncClient, infrastructure: Infrastructure) -> None:
    answer = await api.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "healthy",
        "minio_endpoint": infrastructure.objects_endpoint,
        "message": "FastAPI и MinIO работают корректно",
    }


async def test_an_unavailable_store_is_named_with_503(open_api: OpenApi, infrastructure: Infrastructure) -> None:
    away = replace(
        infrastructure, events=cast("EventStore", UnavailableStore()), objects=cast("ObjectStore", UnavailableStore())
    )
    async with open_api(on=away) as api:
        answer = await api.get("/health")
    assert answer.status_code == 503
    reason = "Журнал событий недоступен; Хранилище файлов недоступно"
    assert answer.json() == {
        "status": "unhealthy",
        "minio_endpoint": infrastructure.objects_endpoint,
        "message": reason,
        "detail": reason,
    }


async def test_an_event_store_whose_log_may_not_be_read_is_unavailable(
    open_api: OpenApi, infrastructure: Infrastructure
) -> None:
    denied = replace(infrastructure, events=cast("EventStore", StoreWithoutRightToTheLog()))
    async with open_api(on=denied) as api:
        answer = await api.get("/health")
    assert (answer.status_code, answer.json()["message"]) == (503, "Журнал событий недоступен")


async def test_a_store_that_does_not_answer_is_unavailable(
    open_api: OpenApi, infrastructure: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.http.health._TIMEOUT", 0.5)
    async with open_api(on=replace(infrastructure, events=cast("EventStore", HangingStore()))) as api:
        answer = await api.get("/health")
    assert (answer.status_code, answer.json()["detail"]) == (503, "Журнал событий недоступен")


async def test_concurrent_requests_share_one_probe_of_a_store_that_does_not_answer(
    open_api: OpenApi, infrastructure: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.http.health._TIMEOUT", 0.5)
    monkeypatch.setattr("chassis.http.health._MAX_AGE", 0.0)
    store = HangingStore()
    async with open_api(on=replace(infrastructure, events=cast("EventStore", store))) as api:
        answers = await asyncio.gather(*(api.get("/health") for _ in range(5)))
    assert [answer.status_code for answer in answers] == [503] * 5
    assert store.calls == 1


async def test_the_process_is_ready_when_the_revoked_tokens_are_read(api: httpx.AsyncClient) -> None:
    async def ready() -> bool:
        return (await api.get("/ready")).json() == {"status": "ok"}

    await eventually(ready)


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Service:
    return getattr(request, "param", None) or Service("none")


async def _stuck() -> str | None:
    return "at one batch for 99 s"


async def _failing() -> None:
    raise RuntimeError("a secret")


async def _measure() -> Sequence[Measurement]:
    return [Measurement("lag_events", 3, {"topic": "jobs"}), Measurement("lag_events", 4, {"topic": "users"})]


async def _cannot_measure() -> Sequence[Measurement]:
    raise StoreUnavailable("away")


@pytest.mark.parametrize("service", [Service("s", workers=[Worker("consumer", forever, stuck=_stuck)])], indirect=True)
async def test_a_stuck_worker_fails_liveness(api: httpx.AsyncClient) -> None:
    answer = await api.get("/live")
    assert (answer.status_code, answer.json()) == (503, {"detail": "consumer: at one batch for 99 s"})


async def _refused() -> None:
    raise StoreRefused("CALIFORNIA_GOLD_S3_SECRET_KEY: refused")


@pytest.mark.parametrize("service", [Service("s", workers=[Worker("store", _refused)])], indirect=True)
async def test_a_refusal_by_a_store_fails_readiness_at_once_and_liveness_later(
    open_api: OpenApi, service: Service
) -> None:
    async with open_api(start_seconds=1) as api:

        async def answer(path: str) -> str:
            found = await api.get(path)
            return found.text if found.status_code == 503 and "S3_SECRET_KEY" in found.text else ""

        await eventually(lambda: answer("/ready"))
        assert (await api.get("/live")).status_code == 200
        await eventually(lambda: answer("/live"))


async def test_a_process_without_stuck_workers_is_alive(api: httpx.AsyncClient) -> None:
    assert (await api.get("/live")).json() == {"status": "ok"}


@pytest.mark.parametrize("service", [Service("s", workers=[Worker("relay", _failing)])], indirect=True)
async def test_a_failing_worker_fails_readiness(api: httpx.AsyncClient) -> None:
    async def seen() -> bool:
        return "failing: relay" in (await api.get("/ready")).text

    await eventually(seen)
    assert "california_gold_ready 0.0" in (await api.get("/metrics")).text


@pytest.mark.parametrize(
    "service",
    [Service("s", workers=[Worker("a", forever, measure=_measure), Worker("b", forever, measure=_cannot_measure)])],
    indirect=True,
)
async def test_measurements_of_workers_are_metrics_and_a_failing_one_hides_no_other(api: httpx.AsyncClient) -> None:
    await api.get("/metrics")
    metrics = (await api.get("/metrics")).text
    assert 'california_gold_lag_events{topic="jobs"} 3.0' in metrics
    assert 'california_gold_lag_events{topic="users"} 4.0' in metrics
    assert metrics.count("# TYPE california_gold_lag_events gauge") == 1
    assert "process_resident_memory_bytes" in metrics


async def test_stores_that_work_are_measured(api: httpx.AsyncClient) -> None:
    metrics = (await api.get("/metrics")).text
    for store in ("events", "documents", "objects", "topics"):
        assert f'california_gold_store_up{{store="{store}"}} 1.0' in metrics
        assert f'california_gold_store_probe_seconds{{store="{store}"}} ' in metrics


async def test_a_store_that_does_not_answer_is_measured_as_down_and_the_others_are_not(
    open_api: OpenApi, infrastructure: Infrastructure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.http.health._SCRAPE_SECONDS", 0.5)
    bus = cast("MessageBus", BusWithoutOffsets(infrastructure.bus))
    away = replace(infrastructure, events=cast("EventStore", HangingStore()), bus=bus)
    async with open_api(on=away) as api:
        metrics = (await api.get("/metrics")).text
    assert 'california_gold_store_up{store="events"} 0.0' in metrics
    assert 'california_gold_store_up{store="topics"} 0.0' in metrics
    assert 'california_gold_store_up{store="documents"} 1.0' in metrics
    assert 'california_gold_store_probe_seconds{store="events"}' not in metrics
