import pytest

from chassis.adapters.mongo.database import MongoDatabase
from chassis.adapters.mongo.document_store import MongoDocumentStore
from testkit.conformance import DocumentStoreConformance


class TestMongoDocumentStore(DocumentStoreConformance):
    @pytest.fixture
    def document_store(self, mongo: MongoDatabase) -> MongoDocumentStore:
        return MongoDocumentStore(mongo)
