from collections.abc import AsyncIterator

import pytest

from chassis.adapters.mongo.database import mongo_database
from chassis.adapters.mongo.key_store import MongoKeyStore
from chassis.testing.conformance import KeyStoreConformance
from chassis.testing.conformance.samples import unique


class TestMongoKeyStore(KeyStoreConformance):
    @pytest.fixture
    async def key_store(self, mongodb_uri: str) -> AsyncIterator[MongoKeyStore]:
        name = unique("tests-")
        async with mongo_database(mongodb_uri, name) as database:
            yield MongoKeyStore(database)
            await database.client.drop_database(name)
