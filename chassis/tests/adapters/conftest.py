"""A database of a test's own."""

import os
from collections.abc import AsyncGenerator

import pytest_asyncio

from chassis.adapters.mongo.database import MongoDatabase, mongo_database
from testkit.conformance.samples import unique


@pytest_asyncio.fixture
async def mongo(mongodb_uri: str) -> AsyncGenerator[MongoDatabase]:
    """An empty database. A server of our own goes with the run, and everything in it; a given one is left tidy."""
    name = unique("tests-")
    async with mongo_database(mongodb_uri, name) as database:
        yield database
        if "MONGODB_URI" in os.environ:
            await database.client.drop_database(name)
