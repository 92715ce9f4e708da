"""`california-gold doctor` on servers: what is down, refused or not as declared is named, and nothing is created."""

import asyncio
import socket
from collections.abc import Generator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from california_gold.doctor.certificates import expiring
from california_gold.settings import DistributedAllSettings
from california_gold_contracts.topics import TOPICS
from chassis.adapters.kafka.connection import KafkaConnection
from chassis.adapters.kafka.topics import admin_client, differences
from chassis.adapters.minio.connection import client
from chassis.adapters.mongo.database import mongo_database
from chassis.composition.distributed import distributed, s3_connection
from chassis.composition.distributed_inspection import BUCKETS, compared_clocks
from chassis.composition.distributed_topics import apply_topics
from chassis.messaging.parking import PARKED
from chassis.runtime.settings import load
from identity.application.signing_keys import FIRST_KEY_SUBJECT
from testkit.doctored import Run, doctor
from tests.servers import minio
from tests.servers.certificates import self_signed_certificate
from tests.servers.eventstoredb import EventStoreDbServer
from tests.servers.guarded import tls_server
from tests.servers.ports import free_port
from tests.servers.shared import required

SECRET = "not-to-be-seen"
ADDRESSES = {
    "events": "EVENTSTOREDB_URI",
    "documents": "MONGODB_URI",
    "keys": "MONGODB_KEYS_URI",
    "objects": "S3_ENDPOINT",
    "topics": "KAFKA_BOOTSTRAP",
}


def given(monkeypatch: pytest.MonkeyPatch, settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"CALIFORNIA_GOLD_{name}", value)


def at(port: int) -> Mapping[str, str]:
    """Return settings by which every store is at one port."""
    return {
        "EVENTSTOREDB_URI": f"esdb://127.0.0.1:{port}?Tls=false",
        "KAFKA_BOOTSTRAP": f"127.0.0.1:{port}",
        "MONGODB_URI": f"mongodb://user:{SECRET}@127.0.0.1:{port}/?directConnection=true",
        "MONGODB_KEYS_URI": f"mongodb://user:{SECRET}@127.0.0.1:{port}/?directConnection=true",
        "S3_ENDPOINT": f"http://127.0.0.1:{port}",
        "S3_ACCESS_KEY": "key",
        "S3_SECRET_KEY": SECRET,
    }


@pytest.mark.parametrize("answers", [False, True], ids=["nothing listens", "it never answers"])
def test_a_store_that_is_down_is_one_line_with_its_setting(
    run: Run, monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    with ExitStack() as stack:
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=100)) if answers else None
        given(monkeypatch, at(silent.getsockname()[1] if silent else free_port()))
        code, printed = run("doctor")
    lines = {line.split()[0]: line for line in printed.splitlines()}
    assert code == 1
    assert lines["settings"].split()[1] == "well"
    for check, setting in ADDRESSES.items():
        assert lines[check].split()[1] == "wrong"
        assert f"CALIFORNIA_GOLD_{setting}: " in lines[check]
    assert SECRET not in printed
    assert "Traceback" not in printed


def test_a_malformed_address_is_named_without_its_password(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"EVENTSTOREDB_URI": f"http://user:{SECRET}@host", "MONGODB_URI": f"mongodb://user:{SECRET}@host/?w=0"}
    given(monkeypatch, {**at(free_port()), **wrong})
    _, lines = doctor(run)
    assert lines["events"].seen.startswith("CALIFORNIA_GOLD_EVENTSTOREDB_URI: ")
    assert lines["documents"].seen.startswith("CALIFORNIA_GOLD_MONGODB_URI: ")
    assert SECRET not in str(lines)


@pytest.fixture
def event_store(tmp_path: Path) -> Generator[str]:
    """An event store with an empty log."""
    required(EventStoreDbServer)
    server = EventStoreDbServer(tmp_path / "eventstoredb", free_port())
    server.start()
    yield server.endpoint
    server.stop()


@pytest.fixture
def settings(
    monkeypatch: pytest.MonkeyPatch, event_store: str, kafka_bootstrap: str, mongodb_uri: str, s3_endpoint: str
) -> DistributedAllSettings:
    """The settings of an installation on running servers, which has the topics and nothing else."""
    servers = {
        "EVENTSTOREDB_URI": event_store,
        "KAFKA_BOOTSTRAP": kafka_bootstrap,
        "MONGODB_URI": mongodb_uri,
        "MONGODB_KEYS_URI": mongodb_uri,
        "MONGODB_DATABASE": f"doctor_{uuid4().hex}",
        "S3_ENDPOINT": s3_endpoint,
        "S3_ACCESS_KEY": minio.ACCESS_KEY,
        "S3_SECRET_KEY": minio.SECRET_KEY,
        "S3_BUCKET_PREFIX": f"doctor-{uuid4().hex[:12]}-",
    }
    given(monkeypatch, servers)
    settings = load(DistributedAllSettings)
    asyncio.run(apply_topics(settings))
    return settings


async def everything(settings: DistributedAllSettings) -> object:
    """Return the topics, collections, buckets and events of an installation."""
    topics = await differences(KafkaConnection(settings.kafka_bootstrap), TOPICS, 1)
    collections: list[list[str]] = []
    for name in (settings.mongodb_database, f"{settings.mongodb_database}_keys"):
        async with mongo_database(settings.mongodb_uri.get_secret_value(), name) as database:
            collections.append(sorted(await database.list_collection_names()))
    s3 = client(s3_connection(settings))
    buckets = [s3.bucket_exists(f"{settings.s3_bucket_prefix}{bucket}") for bucket in BUCKETS]
    async with distributed(settings) as infrastructure:
        events = [event.id async for page in infrastructure.events.read_all() for event in page]
    return topics, collections, buckets, events


def test_a_new_installation_is_well_and_nothing_is_created_in_it(run: Run, settings: DistributedAllSettings) -> None:
    before = asyncio.run(everything(settings))
    code, lines = doctor(run)
    assert (code, {name for name, line in lines.items() if line.state == "wrong"}) == (0, set()), lines
    for check in (*ADDRESSES, "clock", "indexes"):
        assert lines[check].state == "well"
    assert asyncio.run(everything(settings)) == before


def test_an_index_that_is_missing_is_a_warning(run: Run, settings: DistributedAllSettings) -> None:
    async def create_without_index() -> None:
        async with mongo_database(settings.mongodb_uri.get_secret_value(), settings.mongodb_database) as database:
            await database.create_collection(PARKED.name)

    asyncio.run(create_without_index())
    code, lines = doctor(run)
    assert (code, lines["indexes"].state) == (0, "warning")
    assert "parked: keys.group_1_keys.order_1__id_1" in lines["indexes"].seen


def test_the_keys_of_another_installation_are_named(run: Run, settings: DistributedAllSettings) -> None:
    async def publish_without_key() -> None:
        async with mongo_database(settings.mongodb_uri.get_secret_value(), settings.mongodb_database) as database:
            await database.create_collection("public-keys")

    asyncio.run(publish_without_key())
    code, lines = doctor(run)
    assert (code, lines["keys"].state) == (1, "wrong")
    assert FIRST_KEY_SUBJECT in lines["keys"].seen


def test_a_topic_that_is_missing_is_named(run: Run, settings: DistributedAllSettings) -> None:
    async def delete() -> None:
        async with admin_client(KafkaConnection(settings.kafka_bootstrap)) as admin:
            await admin.delete_topics([TOPICS[-1].name])

    asyncio.run(delete())
    try:
        doctor(run)
        code, lines = doctor(run)  # the first one has not created it
    finally:
        asyncio.run(apply_topics(settings))
    assert (code, lines["topics"].state) == (1, "wrong")
    assert f"there is no topic {TOPICS[-1].name}" in lines["topics"].seen
    assert "topics apply" in lines["topics"].advice


def test_refused_keys_of_s3_are_named(
    run: Run, settings: DistributedAllSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, {"S3_SECRET_KEY": SECRET})
    code, lines = doctor(run)
    assert (code, lines["objects"].state) == (1, "wrong")
    assert "CALIFORNIA_GOLD_S3_SECRET_KEY" in lines["objects"].seen
    assert SECRET not in str(lines)


@pytest.mark.parametrize(
    ("lifetime", "state"),
    [(timedelta(days=90), "well"), (timedelta(days=10), "warning"), (timedelta(minutes=-1), "wrong")],
)
async def test_a_certificate_that_expires_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lifetime: timedelta, state: str
) -> None:
    from california_gold.doctor.certificates import check_certificates
    from california_gold.doctor.installation import installation_of

    files = self_signed_certificate(tmp_path, lifetime)
    async with tls_server(self_signed_certificate(tmp_path, lifetime)) as port:
        uri = f"mongodb://127.0.0.1:{port}/?tls=true&directConnection=true&tlsCAFile={files.certificate}"
        given(monkeypatch, {**at(free_port()), "MONGODB_URI": uri})
        found = await check_certificates(installation_of(load(DistributedAllSettings)))
    assert (found.state, "CALIFORNIA_GOLD_MONGODB_URI" in found.seen) == (state, True), found


def test_a_file_of_authorities_that_has_none_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    uri = f"mongodb://127.0.0.1:1/?tls=true&tlsCAFile={tmp_path / 'ca.pem'}"
    given(monkeypatch, {**at(free_port()), "MONGODB_URI": uri})
    _, lines = doctor(run)
    assert (lines["certificates"].state, lines["certificates"].seen) == (
        "wrong",
        f"CALIFORNIA_GOLD_MONGODB_URI: the authorities in {tmp_path / 'ca.pem'}: it has no certificate (PEM)",
    )


def test_the_first_certificate_to_expire_counts() -> None:
    now = datetime.now(UTC)
    assert expiring([("a", now + timedelta(days=90)), ("b", now + timedelta(days=1))], now).seen.startswith("b: ")


@pytest.mark.parametrize(("seconds", "state"), [(0, "well"), (-10, "warning"), (100, "wrong"), (-100, "wrong")])
def test_clocks_that_differ_are_named(seconds: int, state: str) -> None:
    now = datetime.now(UTC)
    assert compared_clocks(now, now + timedelta(seconds=seconds)).state == state
