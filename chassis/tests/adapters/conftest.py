"""A MongoDB database for each test, and a replica set in front of it."""

import os
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from chassis.adapters.mongo.database import MongoDatabase, MongoDriver, mongo_database
from testkit.conformance.samples import unique
from tests.servers.replica_set_proxy import ReplicaSetProxy


@pytest.fixture
def mongodb_driver() -> MongoDriver:
    """The driver; a module that tests both parametrizes it."""
    return "motor"


@pytest_asyncio.fixture
async def mongo(mongodb_uri: str, mongodb_driver: MongoDriver) -> AsyncGenerator[MongoDatabase]:
    """An empty database; dropped afterwards on a server that `MONGODB_URI` names."""
    name = unique("tests-")
    async with mongo_database(mongodb_uri, name, mongodb_driver) as database:
        yield database
        if "MONGODB_URI" in os.environ:
            await database.client.drop_database(name)


@pytest_asyncio.fixture
async def replica_set(mongodb_uri: str, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[ReplicaSetProxy]:
    """A replica set whose failures a test causes; drivers look for its primary more often than usual."""
    monkeypatch.setattr("pymongo.common.MIN_HEARTBEAT_INTERVAL", 0.05)
    async with ReplicaSetProxy(mongodb_uri).running() as replica_set:
        yield replica_set
