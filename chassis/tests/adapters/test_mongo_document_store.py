from typing import get_args

import pytest

from chassis.adapters.mongo.database import MongoDatabase, MongoDriver
from chassis.adapters.mongo.document_store import MongoDocumentStore
from testkit.conformance import DocumentStoreConformance


@pytest.mark.parametrize("mongodb_driver", get_args(MongoDriver))
class TestMongoDocumentStore(DocumentStoreConformance):
    @pytest.fixture
    def document_store(self, mongo: MongoDatabase) -> MongoDocumentStore:
        return MongoDocumentStore(mongo)
