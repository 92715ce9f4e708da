"""The users that `credentials apply` makes, on servers: what a service needs works, and what it does not is refused.

`tests/e2e` in distributed form shows that the whole product works with these users.
"""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from uuid import uuid4

import pytest

from california_gold.credentials.mongodb import key_collection
from california_gold.credentials.object_store import policy
from california_gold.credentials.rights import READ, SERVICES
from california_gold_contracts.topics import TOPICS, USERS
from chassis.adapters.kafka.message_bus import kafka_message_bus
from chassis.adapters.kurrent.event_store import kurrent_event_store
from chassis.adapters.minio.connection import S3Connection
from chassis.adapters.minio.object_store import minio_object_store
from chassis.adapters.mongo.database import mongo_database
from chassis.adapters.mongo.operation import mongo_operation
from chassis.composition.distributed import kafka_connection, s3_connection
from chassis.composition.distributed_settings import DistributedSettings
from chassis.ports.event_store import NO_STREAM, StoreRefused, StoreUnavailable
from chassis.ports.message_bus import Message, MessageBus
from chassis.ports.object_store import ObjectStore
from testkit.conformance.samples import first, new_events
from testkit.eventually import eventually
from tests.servers.infrastructure import settings_from
from tests.servers.infrastructure_servers import SERVER_TYPES
from tests.servers.secured import SecuredServers, make_secrets
from tests.servers.shared import required

BUCKETS = ("files", "jobs", "results")
each_service = pytest.mark.parametrize("service", SERVICES)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredServers]:
    """The servers of docker-compose.yml with the topics and the users of every service."""
    for server_type in SERVER_TYPES:
        required(server_type)
    folder = tmp_path_factory.mktemp("secured")
    servers = SecuredServers.with_secrets(folder / "servers", make_secrets(folder / "secrets"))
    try:
        servers.start()
        servers.apply_topics()
        yield servers
    finally:
        servers.stop()


def settings_of(servers: SecuredServers, service: str) -> DistributedSettings:
    return settings_from(servers.settings_of(service))


def bus_of(servers: SecuredServers, service: str) -> AbstractAsyncContextManager[MessageBus]:
    return kafka_message_bus(kafka_connection(settings_of(servers, service)))


@each_service
async def test_a_service_writes_to_its_own_topics_and_to_no_others(servers: SecuredServers, service: str) -> None:
    async with bus_of(servers, service) as bus:
        for topic in TOPICS:
            message = Message(topic.name, "key", b"value")
            if topic in SERVICES[service].publishes:
                await bus.publish([message])
            else:
                with pytest.raises(StoreUnavailable):
                    await asyncio.wait_for(bus.publish([message]), 60)


@each_service
async def test_a_service_reads_what_it_consumes_in_its_groups_only(servers: SecuredServers, service: str) -> None:
    rights = SERVICES[service]
    topics = [topic.name for topic in rights.consumes]
    async with bus_of(servers, service) as bus:
        assert await first(bus.follow(topics, from_start=False), 0) == []
        await _lag_is_known(bus, [USERS.name], "health-probe")
        for group in rights.groups:
            await _lag_is_known(bus, topics, group)
            async with bus.subscribe(topics, group):
                pass
        with pytest.raises(StoreRefused):
            await bus.lag(topics, "a group of another service")


async def _lag_is_known(bus: MessageBus, topics: Sequence[str], group: str) -> None:
    """Wait until the broker, which has just started, answers; a refusal ends the wait."""

    async def known() -> bool:
        try:
            await bus.lag(topics, group)
        except StoreRefused:
            raise
        except StoreUnavailable:
            return False
        return True

    await eventually(known, within=60)


@each_service
async def test_only_a_service_that_has_streams_of_its_own_writes_events(servers: SecuredServers, service: str) -> None:
    stream = f"test-{uuid4()}"
    async with kurrent_event_store(settings_of(servers, service).eventstoredb_uri.get_secret_value()) as events:
        if SERVICES[service].writes_events:
            await events.append(stream, new_events(1), NO_STREAM)
        else:
            with pytest.raises(StoreUnavailable):
                await events.append(stream, new_events(1), NO_STREAM)
        assert len(await events.read(stream)) == SERVICES[service].writes_events


@each_service
async def test_a_service_reaches_its_own_documents_and_no_others(servers: SecuredServers, service: str) -> None:
    rights, settings = SERVICES[service], settings_of(servers, service)
    uri, database = settings.mongodb_uri.get_secret_value(), settings.mongodb_database
    written = {"checkpoints", *rights.collections, *(f"{name}@7" for name in rights.read_models)}
    for collection in {name for each in SERVICES.values() for name in (*each.collections, *each.reads)} | written:
        assert await _may_write(uri, database, collection) == (collection in {*written, *rights.read_models}), (
            collection
        )
        is_read = collection in {*written, *rights.read_models, *rights.reads}
        assert await _may_read(uri, database, collection) == is_read, collection


@each_service
async def test_a_service_reads_the_keys_of_its_own_and_no_others(servers: SecuredServers, service: str) -> None:
    rights, settings = SERVICES[service], settings_of(servers, service)
    uri, database = settings.mongodb_keys_uri.get_secret_value(), f"{settings.mongodb_database}_keys"
    assert bool(uri) == bool(rights.keys or rights.read_keys)
    for owner in {owner for each in SERVICES.values() for owner in each.keys} if uri else ():
        assert await _may_read(uri, database, key_collection(owner)) == (owner in {*rights.keys, *rights.read_keys})
        assert not await _may_read(settings.mongodb_uri.get_secret_value(), database, key_collection(owner))


async def _may_write(uri: str, database: str, collection: str) -> bool:
    return await _is_permitted(uri, database, {"insert": collection, "documents": [{"_id": str(uuid4())}]})


async def _may_read(uri: str, database: str, collection: str) -> bool:
    return await _is_permitted(uri, database, {"find": collection, "limit": 1})


async def _is_permitted(uri: str, name: str, command: Mapping[str, object]) -> bool:
    async with mongo_database(uri, name) as database:
        try:
            async with mongo_operation():
                await database.command(dict(command))
        except StoreRefused:
            return False
    return True


@pytest.fixture
async def bucket_prefix(servers: SecuredServers) -> str:
    """The prefix of the buckets; each has an object."""
    owner = s3_connection(settings_of(servers, "credentials"))
    async with minio_object_store(owner) as objects:
        for bucket in BUCKETS:
            await objects.put(f"{bucket}/there", _one_byte(), "text/plain")
    return owner.bucket_prefix


@pytest.mark.usefixtures("bucket_prefix")
@each_service
async def test_a_service_reaches_its_own_buckets_and_no_others(servers: SecuredServers, service: str) -> None:
    async with minio_object_store(_objects_of(servers, service)) as objects:
        for bucket in BUCKETS:
            granted = SERVICES[service].objects.get(bucket, frozenset[str]())
            assert await _may_read_object(objects, bucket) == bool(granted), bucket
            assert await _may_write_object(objects, bucket) == (granted not in (frozenset[str](), READ)), bucket


@pytest.mark.usefixtures("bucket_prefix")
@each_service
async def test_every_service_can_probe_the_object_store(servers: SecuredServers, service: str) -> None:
    async with minio_object_store(_objects_of(servers, service)) as objects:
        await objects.put("files/.health/an-instance", _one_byte(), "application/octet-stream")


def _objects_of(servers: SecuredServers, service: str) -> S3Connection:
    return s3_connection(settings_of(servers, service))


async def _may_read_object(objects: ObjectStore, bucket: str) -> bool:
    try:
        listed = [stored.key async for stored in objects.list(f"{bucket}/")]
        content = b"".join([piece async for piece in objects.open(f"{bucket}/there", None)])
    except StoreUnavailable:
        return False
    return f"{bucket}/there" in listed and content == b"."


async def _may_write_object(objects: ObjectStore, bucket: str) -> bool:
    key = f"{bucket}/{uuid4()}"
    try:
        await objects.put(key, _one_byte(), "text/plain")
        await objects.delete(key)
    except StoreUnavailable:
        return False
    return True


async def _one_byte() -> AsyncIterator[bytes]:
    yield b"."


def test_a_policy_names_the_buckets_of_its_prefix_only() -> None:
    for service in SERVICES:
        text = json.dumps(policy(service, "hospital-"))
        assert text.count("arn:aws:s3:::") == text.count("arn:aws:s3:::hospital-")


def test_applying_credentials_again_changes_nothing(servers: SecuredServers) -> None:
    servers.apply_credentials()


async def test_a_password_that_was_changed_is_believed_after_the_next_apply(servers: SecuredServers) -> None:
    file = servers.secrets / "notifier.env"
    before = file.read_text(encoding="utf-8")
    file.write_text(
        before.replace("esdb://notifier:", "esdb://notifier:new").replace(
            "mongodb://notifier:", "mongodb://notifier:new"
        )
    )
    try:
        with pytest.raises(StoreRefused):
            await _read_as_notifier(servers)
        servers.apply_credentials()
        await _read_as_notifier(servers)
    finally:
        file.write_text(before, encoding="utf-8")
        servers.apply_credentials()


async def _read_as_notifier(servers: SecuredServers) -> None:
    settings = settings_of(servers, "notifier")
    async with kurrent_event_store(settings.eventstoredb_uri.get_secret_value()) as events:
        await events.read("test")
    uri, name = settings.mongodb_uri.get_secret_value(), settings.mongodb_database
    async with mongo_database(uri, name) as database, mongo_operation():
        await database.command({"find": "leases", "limit": 1})


def test_a_user_who_is_no_administrator_makes_no_users(servers: SecuredServers) -> None:
    for store in ("eventstoredb", "kafka", "mongodb", "s3"):
        with pytest.raises(subprocess.CalledProcessError):
            servers.apply_credentials("storage", "--only", store, "--wait", "0")
