"""Infrastructure on servers: EventStoreDB, Kafka, MongoDB and an S3."""

import os
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from uuid import uuid4

from chassis.adapters.kafka.connection import KafkaConnection
from chassis.adapters.kafka.message_bus import kafka_message_bus
from chassis.adapters.kurrent.event_store import kurrent_event_store
from chassis.adapters.minio.connection import S3Connection
from chassis.adapters.minio.object_store import minio_object_store
from chassis.adapters.mongo.database import mongo_database
from chassis.adapters.mongo.document_store import MongoDocumentStore
from chassis.adapters.mongo.key_store import MongoKeyStore
from chassis.adapters.mongo.rate_limits import MongoWindowStorage
from chassis.composition.distributed_settings import DistributedSettings
from chassis.ports.clock import Clock, SystemClock
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.live_documents import LiveDocuments
from chassis.runtime.settings import PREFIX, InvalidSettings


@asynccontextmanager
async def distributed(settings: DistributedSettings, *, clock: Clock | None = None) -> AsyncGenerator[Infrastructure]:
    """Prepare the clients; none of them connects before it is used, so that no server has to be up.

    Raises `InvalidSettings` for what no client can be made of.
    """
    uri, name = settings.mongodb_uri.get_secret_value(), settings.mongodb_database
    async with AsyncExitStack() as stack:
        with _naming_setting("MONGODB_URI"):
            documents = await stack.enter_async_context(mongo_database(uri, name))
            keys = await stack.enter_async_context(mongo_database(uri, f"{name}_keys"))
        with _naming_setting("EVENTSTOREDB_URI"):
            events = await stack.enter_async_context(kurrent_event_store(settings.eventstoredb_uri.get_secret_value()))
        with _naming_setting("KAFKA_…"):
            bus = await stack.enter_async_context(kafka_message_bus(kafka_connection(settings)))
        yield Infrastructure(
            events=events,
            bus=bus,
            documents=LiveDocuments(MongoDocumentStore(documents)),
            objects=await stack.enter_async_context(minio_object_store(_s3_connection(settings))),
            keys=MongoKeyStore(keys),
            clock=clock or SystemClock(),
            rate_limits=MongoWindowStorage(documents),
            objects_endpoint=settings.s3_endpoint.partition("://")[2],
            instance=settings.instance or _new_name(),
        )


@contextmanager
def _naming_setting(setting: str) -> Generator[None]:
    """Name the setting that a client refuses. What it says holds no secret."""
    try:
        yield
    except ValueError as problem:
        raise InvalidSettings(f"{PREFIX}{setting}: {problem}") from None


def kafka_connection(settings: DistributedSettings) -> KafkaConnection:
    """Return how brokers are reached."""
    return KafkaConnection(
        bootstrap=settings.kafka_bootstrap,
        security_protocol=settings.kafka_security_protocol,
        sasl_mechanism=settings.kafka_sasl_mechanism,
        username=settings.kafka_username,
        password=settings.kafka_password.get_secret_value(),
        ca_file=settings.kafka_ca_file,
    )


def _s3_connection(settings: DistributedSettings) -> S3Connection:
    return S3Connection(
        endpoint=settings.s3_endpoint,
        public_endpoint=settings.s3_public_endpoint or settings.s3_endpoint,
        access_key=settings.s3_access_key.get_secret_value(),
        secret_key=settings.s3_secret_key.get_secret_value(),
        region=settings.s3_region,
        bucket_prefix=settings.s3_bucket_prefix,
    )


def _new_name() -> str:
    """Two processes never share a name: whoever shares one takes over the other's leases."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
