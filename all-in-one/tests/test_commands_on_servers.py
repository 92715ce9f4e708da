"""Audit, rebuild and replay on servers instead of a data folder."""

import asyncio
from collections.abc import Callable, Generator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import orjson
import pytest

from california_gold.settings import DistributedAllSettings
from california_gold_contracts import jobs
from california_gold_contracts.envelope import from_message
from california_gold_contracts.event import Event
from california_gold_contracts.topics import Topic
from chassis.adapters.kafka.connection import KafkaConnection
from chassis.adapters.kafka.topics import apply
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder, envelope_of
from chassis.composition.distributed import distributed
from chassis.ports.event_store import NO_STREAM
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import ReceivedMessage
from chassis.projections.projector import Projector
from chassis.runtime.settings import load
from chassis.security_log.day_keys import DayKeys
from chassis.security_log.entry import SecurityEntry
from chassis.security_log.security_log import SecurityLog
from jobs_query.projections.job import JobProjection
from tests.servers import minio
from tests.servers.eventstoredb import EventStoreDbServer
from tests.servers.ports import free_port
from tests.servers.shared import required

Run = Callable[..., tuple[int, str]]
JOB = uuid4()
STREAM = f"job-{JOB}"
HISTORY: list[Event] = [
    jobs.JobSubmitted(job_id=JOB, number=1, owner_id=1, title="CT", description=None, input=None),
    jobs.AnalysisStarted(job_id=JOB, attempt=1, analyzer="analyzer/1"),
    jobs.AnalysisProgressed(job_id=JOB, attempt=1, progress=50, stage="detect"),
]


@pytest.fixture
def event_store(tmp_path: Path) -> Generator[str]:
    """An event store with an empty log."""
    required(EventStoreDbServer)
    server = EventStoreDbServer(tmp_path / "eventstoredb", free_port())
    server.start()
    try:
        yield server.endpoint
    finally:
        server.stop()


@pytest.fixture
def topic(kafka_bootstrap: str) -> str:
    """A topic of a downstream system."""
    made = Topic(f"team.replayed-{uuid4().hex}", "a team", "job id", partitions=1)
    asyncio.run(apply(KafkaConnection(kafka_bootstrap), [made], replication=1))
    return made.name


@pytest.fixture
def settings(
    monkeypatch: pytest.MonkeyPatch, event_store: str, kafka_bootstrap: str, mongodb_uri: str, s3_endpoint: str
) -> DistributedAllSettings:
    """The settings of commands that work on servers, which hold one job, projected."""
    for name, value in {
        "EVENTSTOREDB_URI": event_store,
        "KAFKA_BOOTSTRAP": kafka_bootstrap,
        "MONGODB_URI": mongodb_uri,
        "MONGODB_KEYS_URI": mongodb_uri,
        "MONGODB_DATABASE": f"commands_{uuid4().hex}",
        "S3_ENDPOINT": s3_endpoint,
        "S3_ACCESS_KEY": minio.ACCESS_KEY,
        "S3_SECRET_KEY": minio.SECRET_KEY,
    }.items():
        monkeypatch.setenv(f"CALIFORNIA_GOLD_{name}", value)
    settings = load(DistributedAllSettings)
    asyncio.run(_fill(settings))
    return settings


async def _fill(settings: DistributedAllSettings) -> None:
    async with distributed(settings) as infrastructure:
        context = CommandContext(uuid4(), "user:1", "request-1")
        recorded = Recorder("jobs-command", infrastructure.clock.now()).record(HISTORY, context, STREAM, None)
        await infrastructure.events.append(STREAM, recorded, NO_STREAM)
        envelopes = [envelope_of(event) for event in await infrastructure.events.read(STREAM)]
        await Projector(JobProjection(), infrastructure.documents, infrastructure.events).project(envelopes)


def messages(settings: DistributedAllSettings, topic: str) -> list[ReceivedMessage]:
    async def read(infrastructure: Infrastructure) -> list[ReceivedMessage]:
        found: list[ReceivedMessage] = []
        async for batch in infrastructure.bus.follow([topic], from_start=True):
            if not batch:
                break
            found += batch
        return found

    async def run() -> list[ReceivedMessage]:
        async with distributed(settings) as infrastructure:
            return await read(infrastructure)

    return asyncio.run(run())


def test_the_audit_shows_and_proves_a_history(run: Run, settings: DistributedAllSettings) -> None:
    _, history = run("audit", "job", str(JOB), "--format", "json")
    _, then = run("audit", "job", str(JOB), "--as-of", "1", "--format", "json")

    assert [entry["type"] for entry in orjson.loads(history)] == [event.wire_type for event in HISTORY]
    assert orjson.loads(then)["state"]["started"] is True
    for arguments in (
        ("verify", "--all"),
        ("checkpoint", "--out", "signed"),
        ("verify", "--checkpoint", "signed"),
        ("export", "job", str(JOB), "--out", "bundle", "--checkpoint", "signed"),
        ("verify-bundle", "bundle"),
        ("job", str(uuid4())),
    ):
        code, printed = run("audit", *arguments)
        assert code == (3 if arguments[0] == "job" else 0), printed


async def _record(settings: DistributedAllSettings) -> None:
    async with distributed(settings) as infrastructure:
        await DayKeys(infrastructure, timedelta(days=settings.security_log_days)).renew()
        log = SecurityLog(infrastructure)
        log.record(SecurityEntry("login", user_id=7))
        await log.drain()


def test_the_security_log_is_read(run: Run, settings: DistributedAllSettings) -> None:
    asyncio.run(_record(settings))
    for arguments in (("access",), ("user", "7", "--access")):
        code, printed = run("audit", *arguments, "--format", "json")
        assert code == 0, printed
        assert [entry["action"] for entry in orjson.loads(printed)] == ["login"]


def test_a_read_model_is_rebuilt_rolled_back_and_dropped(run: Run, settings: DistributedAllSettings) -> None:
    code, printed = run("rebuild", "jobs")

    assert (code, "3 events read, 1 documents compared" in printed) == (0, True), printed
    assert run("read-models", "rollback", "jobs")[0] == 0
    assert run("read-models", "drop", "jobs")[0] == 0
    assert "jobs         version 0 live\n" in run("read-models", "list")[1]


def test_a_range_is_replayed(run: Run, settings: DistributedAllSettings, topic: str) -> None:
    code, printed = run("replay", "--to-topic", topic, "--of", "job")

    found = messages(settings, topic)
    assert (code, "3 events published" in printed) == (0, True), printed
    assert [from_message(message.headers, message.value).revision for message in found] == [0, 1, 2]
    assert all(dict(message.headers)["ce_replayed"] == b"true" for message in found)
