from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.adapters.sqlite.document_store import SqliteDocumentStore, sqlite_document_store
from testkit.conformance import DocumentStoreConformance


class TestSqliteDocumentStore(DocumentStoreConformance):
    @pytest.fixture
    async def document_store(self, tmp_path: Path) -> AsyncIterator[SqliteDocumentStore]:
        async with sqlite_document_store(tmp_path / "documents.db") as store:
            yield store
