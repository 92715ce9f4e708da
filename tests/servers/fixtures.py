"""Fixtures with the addresses of servers."""

import os
from pathlib import Path

import pytest

from tests.servers.eventstoredb import EventStoreDbServer
from tests.servers.kafka import KafkaServer
from tests.servers.minio import MinioServer
from tests.servers.mongodb import MongodbServer
from tests.servers.shared import SharedServers


@pytest.fixture(scope="session")
def shared_servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SharedServers:
    """The servers of this test run."""
    base = tmp_path_factory.getbasetemp()
    if _is_controller(request.config):
        return SharedServers(_folder(base), os.getpid())
    return SharedServers(_folder(base.parent), os.getppid())


@pytest.fixture(scope="session")
def kafka_bootstrap(shared_servers: SharedServers) -> str:
    """Host and port of a Kafka broker."""
    return shared_servers.endpoint(KafkaServer)


@pytest.fixture(scope="session")
def mongodb_uri(shared_servers: SharedServers) -> str:
    """The URI of a MongoDB server."""
    return shared_servers.endpoint(MongodbServer)


@pytest.fixture(scope="session")
def s3_endpoint(shared_servers: SharedServers) -> str:
    """The URL of a MinIO server; `tests.servers.s3` has its credentials."""
    return shared_servers.endpoint(MinioServer)


@pytest.fixture(scope="session")
def eventstoredb_uri(shared_servers: SharedServers) -> str:
    """The connection string of an EventStoreDB server."""
    return shared_servers.endpoint(EventStoreDbServer)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers at the end of the run, not at the end of its first process."""
    factory: pytest.TempPathFactory | None = getattr(config, "_tmp_path_factory", None)
    if _is_controller(config) and factory is not None:
        SharedServers(_folder(factory.getbasetemp()), os.getpid()).stop()


def _is_controller(config: pytest.Config) -> bool:
    return not hasattr(config, "workerinput")


def _folder(base: Path) -> Path:
    return base / "servers"
