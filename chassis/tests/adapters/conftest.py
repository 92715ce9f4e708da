"""A MongoDB database for each test."""

import os
from collections.abc import AsyncGenerator

import pytest_asyncio

from chassis.adapters.mongo.database import MongoDatabase, mongo_database
from testkit.conformance.samples import unique


@pytest_asyncio.fixture
async def mongo(mongodb_uri: str) -> AsyncGenerator[MongoDatabase]:
    """An empty database; dropped afterwards on a server that `MONGODB_URI` names."""
    name = unique("tests-")
    async with mongo_database(mongodb_uri, name) as database:
        yield database
        if "MONGODB_URI" in os.environ:
            await database.client.drop_database(name)
