"""Object store in a folder: blob files, and an index that maps keys to them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from io import FileIO
from pathlib import Path

from chassis.adapters.filesystem import object_index
from chassis.adapters.filesystem.blobs import Blobs, BlobWriter
from chassis.adapters.filesystem.object_index import IndexEntry
from chassis.adapters.filesystem.presigned_links import PresignedLinks
from chassis.adapters.sqlite.database import Database, opened
from chassis.ports.clock import Clock
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.object_store import ByteRange, ListedObject, ObjectInfo, ObjectNotFound, StoredObject, StoreFull

_MIB = 1024 * 1024
_GRACE = timedelta(hours=1)
"""Minimum age of an unreferenced blob that the sweep deletes: a younger one may belong to a running upload."""


class FilesystemObjectStore:
    """An `ObjectStore`. Writing the index row makes an object appear: a crash leaves at most an unreferenced blob."""

    def __init__(
        self, database: Database, blobs: Blobs, links: PresignedLinks, clock: Clock, min_free_bytes: int = 0
    ) -> None:
        self._database, self._blobs, self._links, self._clock = database, blobs, links, clock
        self._min_free_bytes = min_free_bytes

    async def check_free_space(self) -> None:
        """Raise `StoreFull` when the file system has less than `min_free_bytes` left: events and results need it."""
        free = await asyncio.to_thread(self._blobs.free_bytes)
        if free < self._min_free_bytes:
            raise StoreFull(f"{free} bytes are free, fewer than MIN_FREE_BYTES ({self._min_free_bytes})")

    async def put(self, key: str, chunks: AsyncIterable[bytes], content_type: str) -> StoredObject:
        """Store all chunks, or nothing."""
        writer = self._blobs.create()
        try:
            await _write(writer, chunks)
        except BaseException:
            await asyncio.to_thread(writer.discard)
            raise
        info = ObjectInfo(key, writer.size, content_type, self._clock.now(), etag=writer.sha256)
        replaced = await self._publish(IndexEntry(info, writer.blob), writer)
        if replaced:
            await asyncio.to_thread(self._blobs.remove, replaced)
        return StoredObject(key, writer.size, writer.sha256, content_type, info.modified)

    async def open(self, key: str, byte_range: ByteRange | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes in pieces of at most 1 MiB."""
        entry, file = await self._open(key)
        try:
            wanted = byte_range or ByteRange(0, entry.info.size)
            file.seek(wanted.start)
            remaining = wanted.length
            while remaining > 0 and (piece := await asyncio.to_thread(_read, file, min(remaining, _MIB))):
                remaining -= len(piece)
                yield piece
        finally:
            file.close()

    async def stat(self, key: str) -> ObjectInfo:
        """Return an object's metadata."""
        return (await self._find(key)).info

    async def list(self, prefix: str) -> AsyncIterator[ListedObject]:
        """Yield the objects whose keys begin with `prefix`, ordered by key."""
        page = await self._page(prefix, b"")
        while page:
            for entry in page:
                yield ListedObject(entry.info.key, entry.info.size, entry.info.modified)
            page = await self._page(prefix, object_index.encoded(page[-1].info.key))

    async def delete(self, key: str) -> None:
        """Delete an object. Deleting a missing object is not an error."""
        blob = await self._database.write(lambda connection: object_index.remove(connection, key))
        if blob:
            await asyncio.to_thread(self._blobs.remove, blob)

    async def presign(self, key: str, expires: timedelta, filename: str) -> str:
        """Return a relative URL that downloads the object without a token until it expires."""
        return await self._links.url(key, expires, filename)

    async def sweep(self, grace: timedelta = _GRACE) -> None:
        """Delete the unreferenced blobs that were last written longer than `grace` ago."""
        for folder in self._blobs.folders():
            old = await asyncio.to_thread(self._blobs.older_than, grace, folder)
            for blob in await self._unreferenced(old):
                await asyncio.to_thread(self._blobs.remove, blob)

    async def _page(self, prefix: str, after: bytes) -> Sequence[IndexEntry]:
        return await self._database.read(lambda connection: object_index.page(connection, prefix, after))

    async def _unreferenced(self, blobs: Sequence[str]) -> Sequence[str]:
        return await self._database.read(lambda connection: object_index.unreferenced(connection, blobs))

    async def _find(self, key: str) -> IndexEntry:
        entry = await self._database.read(lambda connection: object_index.find(connection, key))
        if entry is None:
            raise ObjectNotFound(key)
        return entry

    async def _publish(self, entry: IndexEntry, writer: BlobWriter) -> str | None:
        """Write the index row. Cancellation leaves the outcome open; the sweep deletes a blob without a row."""
        try:
            return await self._database.write(lambda connection: object_index.replace(connection, entry))
        except StoreUnavailable:
            await asyncio.to_thread(writer.discard)
            raise

    async def _open(self, key: str) -> tuple[IndexEntry, FileIO]:
        tried = None
        while (entry := await self._find(key)).blob != tried:
            file = await asyncio.to_thread(self._blobs.open, entry.blob)
            if file:
                return entry, file
            tried = entry.blob
        raise StoreUnavailable(f"the bytes of {key} are missing")


@asynccontextmanager
async def filesystem_object_store(
    folder: Path, links: PresignedLinks, clock: Clock, min_free_bytes: int = 0
) -> AsyncGenerator[FilesystemObjectStore]:
    """Open the object store in a folder and sweep it in the background."""
    blobs = Blobs(folder / "blobs")
    async with opened(folder / "index.db", object_index.SCHEMA, truncates_log=True) as database:
        objects = FilesystemObjectStore(database, blobs, links, clock, min_free_bytes)
        sweeping = asyncio.ensure_future(_sweep_periodically(objects))
        try:
            yield objects
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping


async def _sweep_periodically(objects: FilesystemObjectStore) -> None:
    while True:
        with suppress(StoreUnavailable):
            await objects.sweep()
        await asyncio.sleep(_GRACE.total_seconds())


async def _write(writer: BlobWriter, chunks: AsyncIterable[bytes]) -> None:
    """Write chunks in pieces of at least 1 MiB; a thread writes one piece while the next is collected."""
    buffer, writing = bytearray(), asyncio.ensure_future(asyncio.sleep(0))
    try:
        async for chunk in chunks:
            buffer += chunk
            if len(buffer) >= _MIB:
                await writing
                writing = asyncio.ensure_future(asyncio.to_thread(writer.write, buffer))
                buffer = bytearray()
    finally:
        await writing
    await asyncio.to_thread(writer.write, buffer)
    await asyncio.to_thread(writer.finish)


def _read(file: FileIO, size: int) -> bytes:
    try:
        return file.read(size)
    except OSError as problem:
        raise StoreUnavailable(str(problem)) from problem
