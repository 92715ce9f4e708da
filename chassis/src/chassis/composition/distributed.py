"""Distributed deployment mode: EventStoreDB, Kafka, MongoDB and an S3 service."""

import os
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from uuid import uuid4

from chassis.adapters.kafka.connection import KafkaConnection
from chassis.adapters.kafka.message_bus import kafka_message_bus
from chassis.adapters.kurrent.event_store import kurrent_event_store
from chassis.adapters.memory.cached_key_store import CachedKeyStore
from chassis.adapters.memory.fallback_storage import FallbackStorage
from chassis.adapters.memory.window_storage import WindowStorage
from chassis.adapters.minio.connection import S3Connection
from chassis.adapters.minio.object_store import minio_object_store
from chassis.adapters.mongo.database import mongo_database
from chassis.adapters.mongo.document_store import MongoDocumentStore
from chassis.adapters.mongo.key_store import MongoKeyStore
from chassis.adapters.mongo.rate_limits import MongoWindowStorage
from chassis.composition.distributed_settings import DistributedSettings, KafkaSettings
from chassis.ports.clock import Clock, SystemClock
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.key_store import KeyStore, NoKeys
from chassis.projections.live_documents import LiveDocuments
from chassis.runtime.settings import PREFIX, InvalidSettings


@asynccontextmanager
async def distributed(settings: DistributedSettings, *, clock: Clock | None = None) -> AsyncGenerator[Infrastructure]:
    """Create the clients of the servers. They connect on first use, so no server has to be up.

    Raises `InvalidSettings` for settings that a client rejects.
    """
    uri, name, driver = settings.mongodb_uri.get_secret_value(), settings.mongodb_database, settings.mongodb_driver
    async with AsyncExitStack() as stack:
        with naming_setting("MONGODB_URI"):
            documents = await stack.enter_async_context(mongo_database(uri, name, driver))
        with naming_setting("MONGODB_KEYS_URI"):
            keys = await _key_store(settings, stack)
        with naming_setting("EVENTSTOREDB_URI"):
            events = await stack.enter_async_context(kurrent_event_store(settings.eventstoredb_uri.get_secret_value()))
        with naming_setting("KAFKA_…"):
            bus = await stack.enter_async_context(kafka_message_bus(kafka_connection(settings)))
        clock = clock or SystemClock()
        yield Infrastructure(
            events=events,
            bus=bus,
            documents=LiveDocuments(MongoDocumentStore(documents)),
            objects=await stack.enter_async_context(minio_object_store(s3_connection(settings))),
            keys=keys,
            text_keys=CachedKeyStore(keys),
            clock=clock,
            rate_limits=FallbackStorage(MongoWindowStorage(documents), WindowStorage(clock)),
            objects_endpoint=settings.s3_endpoint.partition("://")[2],
            instance=settings.instance or _unique_name(),
        )


async def _key_store(settings: DistributedSettings, stack: AsyncExitStack) -> KeyStore:
    if not (uri := settings.mongodb_keys_uri.get_secret_value()):
        return NoKeys(f"{PREFIX}MONGODB_KEYS_URI")
    database = mongo_database(uri, f"{settings.mongodb_database}_keys", settings.mongodb_driver)
    return MongoKeyStore(await stack.enter_async_context(database))


@contextmanager
def naming_setting(setting: str) -> Generator[None]:
    """Name the setting that a client rejects. The errors of clients contain no secrets."""
    try:
        yield
    except ValueError as problem:
        raise InvalidSettings(f"{PREFIX}{setting}: {problem}") from None


def kafka_connection(settings: KafkaSettings) -> KafkaConnection:
    """Return the settings of the connection to Kafka."""
    return KafkaConnection(
        bootstrap=settings.kafka_bootstrap,
        security_protocol=settings.kafka_security_protocol,
        sasl_mechanism=settings.kafka_sasl_mechanism,
        username=settings.kafka_username,
        password=settings.kafka_password.get_secret_value(),
        ca_file=settings.kafka_ca_file,
    )


def s3_connection(settings: DistributedSettings) -> S3Connection:
    """Return the settings of the connection to S3."""
    return S3Connection(
        endpoint=settings.s3_endpoint,
        public_endpoint=settings.s3_public_endpoint or settings.s3_endpoint,
        access_key=settings.s3_access_key.get_secret_value(),
        secret_key=settings.s3_secret_key.get_secret_value(),
        region=settings.s3_region,
        bucket_prefix=settings.s3_bucket_prefix,
    )


def _unique_name() -> str:
    """Return a name that is unique, because a process acquires the leases of another with the same name."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
