from collections.abc import AsyncIterator

import pytest

from chassis.adapters.mongo.database import mongo_database
from chassis.adapters.mongo.document_store import MongoDocumentStore
from chassis.testing.conformance import DocumentStoreConformance
from chassis.testing.conformance.samples import unique


class TestMongoDocumentStore(DocumentStoreConformance):
    @pytest.fixture
    async def document_store(self, mongodb_uri: str) -> AsyncIterator[MongoDocumentStore]:
        name = unique("tests-")
        async with mongo_database(mongodb_uri, name) as database:
            yield MongoDocumentStore(database)
            await database.client.drop_database(name)
