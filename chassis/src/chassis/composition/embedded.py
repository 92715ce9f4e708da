"""Embedded deployment mode: one process, with SQLite and files in a data folder."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from chassis.adapters.filesystem.object_store import filesystem_object_store
from chassis.adapters.filesystem.presigned_links import PresignedLinks
from chassis.adapters.memory.cached_key_store import CachedKeyStore
from chassis.adapters.memory.window_storage import WindowStorage
from chassis.adapters.sqlite.document_store import sqlite_document_store
from chassis.adapters.sqlite.event_store import sqlite_event_store
from chassis.adapters.sqlite.key_store import sqlite_key_store
from chassis.adapters.sqlite.message_bus import sqlite_message_bus
from chassis.composition.data_folder import prepare_data_folder
from chassis.http.presigned_download import presigned_download
from chassis.ports.clock import Clock, SystemClock
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.live_documents import LiveDocuments
from chassis.runtime.settings import naming_folder


@asynccontextmanager
async def embedded(
    data_dir: Path, *, clock: Clock | None = None, min_free_bytes: int = 0
) -> AsyncGenerator[Infrastructure]:
    """Open the stores in a data folder, which is created with access for its owner only; close them at the end.

    Uploads are refused while its file system has less than `min_free_bytes` left.
    Raises `InvalidSettings` for a folder that can't be written to or holds something else.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        with naming_folder("DATA_DIR", data_dir):
            prepare_data_folder(data_dir)
            keys = await stack.enter_async_context(sqlite_key_store(data_dir / "keys.db"))
            links = PresignedLinks(keys, clock)
            objects = await stack.enter_async_context(
                filesystem_object_store(data_dir / "objects", links, clock, min_free_bytes)
            )
        documents = LiveDocuments(await stack.enter_async_context(sqlite_document_store(data_dir / "documents.db")))
        yield Infrastructure(
            events=await stack.enter_async_context(sqlite_event_store(data_dir / "events.db")),
            bus=await stack.enter_async_context(sqlite_message_bus(data_dir / "messages.db")),
            documents=documents,
            objects=objects,
            keys=keys,
            text_keys=CachedKeyStore(keys),
            clock=clock,
            rate_limits=WindowStorage(clock),
            objects_endpoint="local",
            routers=[presigned_download(objects, links)],
            announcements=documents.announced,
        )
