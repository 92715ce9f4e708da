from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.adapters.filesystem.object_store import FilesystemObjectStore, filesystem_object_store
from chassis.adapters.filesystem.presigned_links import PresignedLinks
from chassis.adapters.sqlite.key_store import sqlite_key_store
from chassis.ports.clock import SystemClock
from testkit.conformance import ObjectStoreConformance


class TestFilesystemObjectStore(ObjectStoreConformance):
    @pytest.fixture
    async def object_store(self, tmp_path: Path) -> AsyncIterator[FilesystemObjectStore]:
        clock = SystemClock()
        async with sqlite_key_store(tmp_path / "keys.db") as keys:
            links = PresignedLinks(keys, clock)
            async with filesystem_object_store(tmp_path / "objects", links, clock) as store:
                yield store
