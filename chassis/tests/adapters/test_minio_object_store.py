from collections.abc import AsyncIterator

import pytest

from chassis.adapters.minio.object_store import MinioObjectStore, minio_object_store
from testkit.conformance import ObjectStoreConformance
from tests.servers.s3 import s3_connection


class TestMinioObjectStore(ObjectStoreConformance):
    @pytest.fixture
    async def object_store(self, s3_endpoint: str) -> AsyncIterator[MinioObjectStore]:
        async with minio_object_store(s3_connection(s3_endpoint)) as store:
            yield store
