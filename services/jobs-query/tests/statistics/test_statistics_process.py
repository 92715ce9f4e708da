"""`python -m jobs_query.statistics` on servers: despite crashes, the statistics are those of the whole histories."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import AsyncMock
from uuid import uuid4

import httpx
import pytest

from california_gold_contracts import topics
from california_gold_contracts.envelope import Envelope
from chassis.composition.distributed import distributed
from chassis.composition.distributed_settings import DistributedSettings
from chassis.composition.distributed_topics import apply_topics
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from jobs_query.statistics.faust_app import statistics_app
from jobs_query.statistics.queries import StatisticsQueries
from jobs_query.statistics.schemas import stats
from jobs_query.statistics.statistics_store import scope_of
from testkit.eventually import eventually
from testkit.job_histories import UNKNOWN_TYPE, computed_statistics, store_history
from tests.servers.kafka import KafkaServer
from tests.servers.mongodb import MongodbServer
from tests.servers.ports import free_port
from tests.servers.s3 import s3_connection
from tests.servers.service_process import ServiceProcess
from tests.servers.shared import required

START = datetime(2024, 1, 1, tzinfo=UTC)
GROUP, MODULE = "jobs-query-statistics", "jobs_query.statistics"
USERS = count(1)


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """A broker for this module alone: topic and group have fixed names, and it is killed."""
    required(KafkaServer)
    server = KafkaServer(tmp_path_factory.mktemp("broker") / "kafka", free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def mongodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongodbServer]:
    """A document store for this module alone: it is stopped."""
    required(MongodbServer)
    server = MongodbServer(tmp_path_factory.mktemp("documents") / "mongodb", free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def settings(
    kafka: KafkaServer, mongodb: MongodbServer, eventstoredb_uri: str, s3_endpoint: str
) -> DistributedSettings:
    """The servers, with the topics and an empty database; each test uses different users."""
    objects = s3_connection(s3_endpoint)
    configured = {
        "eventstoredb_uri": eventstoredb_uri,
        "kafka_bootstrap": kafka.endpoint,
        "mongodb_uri": mongodb.endpoint,
        "mongodb_database": f"statistics_{uuid4().hex[:12]}",
        "s3_endpoint": s3_endpoint,
        "s3_access_key": objects.access_key,
        "s3_secret_key": objects.secret_key,
        "s3_bucket_prefix": objects.bucket_prefix,
        "log_format": "json",
    }
    settings = DistributedSettings.model_validate(configured)
    asyncio.run(apply_topics(settings))
    return settings


@pytest.fixture
def owners() -> Sequence[int]:
    """Users that no other test uses."""
    return [next(USERS) for _ in range(3)]


@pytest.fixture
async def infrastructure(settings: DistributedSettings) -> AsyncGenerator[Infrastructure]:
    async with distributed(settings) as opened:
        yield opened


@pytest.fixture
def start(settings: DistributedSettings, tmp_path: Path) -> Iterator[Callable[[], ServiceProcess]]:
    """Starts another process; kills those that still run at the end."""
    configured = settings.model_dump(mode="python", exclude_unset=True)
    environment = {
        f"CALIFORNIA_GOLD_{name.upper()}": value if isinstance(value, str) else value.get_secret_value()
        for name, value in configured.items()
    }
    started = list[ServiceProcess]()

    def start_another() -> ServiceProcess:
        started.append(ServiceProcess(tmp_path / f"process-{len(started)}", free_port(), MODULE, environment))
        started[-1].start()
        return started[-1]

    yield start_another
    for process in started:
        process.kill()


async def publish(infrastructure: Infrastructure, events: Sequence[Envelope]) -> None:
    await infrastructure.bus.publish(
        [Message(topics.JOBS.name, event.subject, event.data, event.headers()) for event in events]
    )


async def all_counted(
    infrastructure: Infrastructure, histories: Sequence[Sequence[Envelope]], owners: Sequence[int]
) -> bool:
    """Whether the statistics of every owner are those of the whole histories."""
    as_of = max(event.time for history in histories for event in history)
    statistics = StatisticsQueries(infrastructure.documents)
    counted = [stats(await statistics.of(scope_of(owner_id)), "own", as_of) for owner_id in owners]
    return counted == [stats(computed_statistics(histories, owner_id), "own", as_of) for owner_id in owners]


async def caught_up(infrastructure: Infrastructure) -> bool:
    return all(lag.behind == 0 for lag in await infrastructure.bus.lag([topics.JOBS.name], GROUP))


async def is_awaiting_a_store(process: ServiceProcess) -> bool:
    return "store_awaited" in process.log_file.read_text()


async def store_histories(infrastructure: Infrastructure, owners: Sequence[int], jobs: int) -> list[Sequence[Envelope]]:
    random = Random(jobs)
    return [await store_history(infrastructure.events, random, START, owners, 10) for _ in range(jobs)]


def shuffled_twice(histories: Sequence[Sequence[Envelope]], seed: int) -> list[Envelope]:
    """Return every event twice, in any order."""
    events = [event for history in histories for event in history]
    return Random(seed).sample(events * 2, 2 * len(events))


async def test_duplicates_in_any_order_lead_to_the_statistics_of_the_whole_history(
    infrastructure: Infrastructure, start: Callable[[], ServiceProcess], owners: Sequence[int]
):
    process = start()
    histories = await store_histories(infrastructure, owners, jobs=40)
    await infrastructure.bus.publish([Message(topics.JOBS.name, "foreign", b"{", (("x", b"y"),))])
    await publish(infrastructure, shuffled_twice(histories, 1))
    await eventually(partial(all_counted, infrastructure, histories, owners), within=60)

    async with httpx.AsyncClient(base_url=process.url) as client:
        metrics, live = (await client.get("/metrics")).text, await client.get("/live")
    assert 'california_gold_jobs{status="queued"}' in metrics
    assert 'california_gold_events_not_counted{why="malformed"} 1.0' in metrics
    assert ('why="unknown type"' in metrics) == any(e.type == UNKNOWN_TYPE for history in histories for e in history)
    assert live.status_code == 200
    assert process.stop() == 0


async def test_a_restarted_process_counts_right_after_a_kill(
    infrastructure: Infrastructure, start: Callable[[], ServiceProcess], owners: Sequence[int]
):
    histories = await store_histories(infrastructure, owners, jobs=40)
    events = shuffled_twice(histories, 2)
    for half in range(2):
        process = start()
        await publish(infrastructure, events[half::2])
        assert not await caught_up(infrastructure)
        process.kill()
    start()
    await eventually(partial(all_counted, infrastructure, histories, owners), within=60)


async def test_a_process_that_stops_between_two_batches_leaves_the_waiting_events_to_the_next(
    infrastructure: Infrastructure, start: Callable[[], ServiceProcess], owners: Sequence[int]
):
    process = start()
    [first] = await store_histories(infrastructure, owners, jobs=1)
    await publish(infrastructure, first)
    await eventually(partial(all_counted, infrastructure, [first], owners), within=60)
    second = await store_history(infrastructure.events, Random(7), START, owners, 1)
    await publish(infrastructure, second)
    assert process.stop() == 0
    start()
    await eventually(partial(all_counted, infrastructure, [first, second], owners), within=60)


@pytest.mark.thorough
async def test_replicas_that_start_and_stop_share_the_partitions(
    infrastructure: Infrastructure, start: Callable[[], ServiceProcess], owners: Sequence[int]
):
    first = start()
    histories = await store_histories(infrastructure, owners, jobs=60)
    events = shuffled_twice(histories, 3)
    await publish(infrastructure, events[::3])
    start()
    await publish(infrastructure, events[1::3])
    assert first.stop() == 0
    await publish(infrastructure, events[2::3])
    await eventually(partial(all_counted, infrastructure, histories, owners), within=60)


@pytest.mark.thorough
async def test_a_restarted_broker_is_awaited(
    infrastructure: Infrastructure, kafka: KafkaServer, start: Callable[[], ServiceProcess], owners: Sequence[int]
):
    process = start()
    histories = await store_histories(infrastructure, owners, jobs=20)
    events = shuffled_twice(histories, 4)
    await publish(infrastructure, events[::2])
    await eventually(partial(caught_up, infrastructure), within=30)
    kafka.kill()
    kafka.start()
    await publish(infrastructure, events[1::2])
    await eventually(partial(all_counted, infrastructure, histories, owners), within=60)
    assert process.stop() == 0


@pytest.mark.thorough
async def test_a_process_stops_while_its_broker_is_away_and_the_next_one_counts_every_event_once(
    infrastructure: Infrastructure, kafka: KafkaServer, start: Callable[[], ServiceProcess], owners: Sequence[int]
):
    process = start()
    histories = await store_histories(infrastructure, owners, jobs=20)
    await publish(infrastructure, shuffled_twice(histories, 5))
    await eventually(partial(all_counted, infrastructure, histories, owners), within=60)
    kafka.kill()
    try:
        assert not await asyncio.to_thread(process.stop)
    finally:
        kafka.start()
    start()
    await eventually(partial(caught_up, infrastructure), within=60)
    assert await all_counted(infrastructure, histories, owners)


async def test_the_application_stops_while_the_driver_waits_to_repeat_a_fetch(settings: DistributedSettings):
    """Then the driver's fetcher raises `CancelledError` when it is closed, and its thread ends without a word."""
    app: Any = statistics_app(settings, AsyncMock(), 10)
    await app.start()
    thread = app.consumer._thread

    async def wait_to_repeat() -> None:
        fetcher = thread._consumer._fetcher
        fetcher._pending_tasks.add(asyncio.create_task(asyncio.sleep(3600)))
        await asyncio.sleep(0)

    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(wait_to_repeat(), thread.thread_loop))
    async with asyncio.timeout(20):
        await app.stop()
    assert not thread._thread.is_alive()


@pytest.mark.thorough
async def test_a_process_stops_while_its_document_store_is_away_and_the_next_one_counts_what_it_could_not(
    infrastructure: Infrastructure, mongodb: MongodbServer, start: Callable[[], ServiceProcess], owners: Sequence[int]
):
    process = start()
    [first, *others] = await store_histories(infrastructure, owners, jobs=20)
    await publish(infrastructure, first)
    await eventually(partial(all_counted, infrastructure, [first], owners), within=60)
    mongodb.stop()
    try:
        await publish(infrastructure, shuffled_twice(others, 7))
        await eventually(partial(is_awaiting_a_store, process), within=30)
        assert not await asyncio.to_thread(process.stop)
    finally:
        mongodb.start()
    start()
    await eventually(partial(all_counted, infrastructure, [first, *others], owners), within=60)
