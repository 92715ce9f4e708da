"""The object store in a folder: blobs, and an index that says which is behind a key."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from io import FileIO
from pathlib import Path

from chassis.adapters.filesystem import object_index
from chassis.adapters.filesystem.blobs import Blobs, BlobWriter
from chassis.adapters.filesystem.object_index import Entry
from chassis.adapters.filesystem.presigned_links import PresignedLinks
from chassis.adapters.sqlite.database import Database, opened
from chassis.ports.clock import Clock
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.object_store import ByteRange, ListedObject, ObjectNotFound, StoredObject

_MIB = 1024 * 1024
_GRACE = timedelta(hours=1)
"""How long a blob that no key leads to may belong to an upload that is still going on."""


class FilesystemObjectStore:
    """An `ObjectStore`. The index row is what makes an object appear or be replaced: a crash leaves only a blob."""

    def __init__(self, database: Database, blobs: Blobs, links: PresignedLinks, clock: Clock) -> None:
        self._database, self._blobs, self._links, self._clock = database, blobs, links, clock

    async def put(self, key: str, chunks: AsyncIterable[bytes], content_type: str) -> StoredObject:
        """Store all chunks, or nothing."""
        writer = self._blobs.create()
        try:
            await _write(writer, chunks)
        except BaseException:
            await asyncio.to_thread(writer.discard)
            raise
        stored = StoredObject(key, writer.size, writer.sha256, content_type, self._clock.now())
        replaced = await self._show(Entry(stored, writer.blob), writer)
        if replaced:
            await asyncio.to_thread(self._blobs.remove, replaced)
        return stored

    async def open(self, key: str, byte_range: ByteRange | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes in pieces of at most 1 MiB."""
        entry, file = await self._open(key)
        try:
            wanted = byte_range or ByteRange(0, entry.stored.size)
            file.seek(wanted.start)
            left = wanted.length
            while left > 0 and (piece := await asyncio.to_thread(_read, file, min(left, _MIB))):
                left -= len(piece)
                yield piece
        finally:
            file.close()

    async def stat(self, key: str) -> StoredObject:
        """Return what is known of an object."""
        return (await self._find(key)).stored

    async def list(self, prefix: str) -> AsyncIterator[ListedObject]:
        """Yield the objects whose keys begin with `prefix`, ordered by key."""
        page = await self._page(prefix, b"")
        while page:
            for entry in page:
                yield ListedObject(entry.stored.key, entry.stored.size, entry.stored.modified)
            page = await self._page(prefix, object_index.encoded(page[-1].stored.key))

    async def delete(self, key: str) -> None:
        """Remove an object; one that isn't there is no error."""
        blob = await self._database.write(lambda connection: object_index.take(connection, key))
        if blob:
            await asyncio.to_thread(self._blobs.remove, blob)

    async def presign(self, key: str, expires: timedelta, filename: str) -> str:
        """Return a relative URL that downloads the object without a token until it expires."""
        return await self._links.url(key, expires, filename)

    async def sweep(self, grace: timedelta = _GRACE) -> None:
        """Remove the blobs that no key leads to and nobody has written to for `grace`."""
        for folder in self._blobs.folders():
            old = await asyncio.to_thread(self._blobs.older_than, grace, folder)
            for blob in await self._unknown(old):
                await asyncio.to_thread(self._blobs.remove, blob)

    async def _page(self, prefix: str, after: bytes) -> Sequence[Entry]:
        return await self._database.read(lambda connection: object_index.page(connection, prefix, after))

    async def _unknown(self, blobs: Sequence[str]) -> Sequence[str]:
        return await self._database.read(lambda connection: object_index.unknown(connection, blobs))

    async def _find(self, key: str) -> Entry:
        entry = await self._database.read(lambda connection: object_index.find(connection, key))
        if entry is None:
            raise ObjectNotFound(key)
        return entry

    async def _show(self, entry: Entry, writer: BlobWriter) -> str | None:
        """Let the object appear. A caller that is cancelled here never learns whether: the sweep sees to the blob."""
        try:
            return await self._database.write(lambda connection: object_index.replace(connection, entry))
        except StoreUnavailable:
            await asyncio.to_thread(writer.discard)
            raise

    async def _open(self, key: str) -> tuple[Entry, FileIO]:
        tried = None
        while (entry := await self._find(key)).blob != tried:
            file = await asyncio.to_thread(self._blobs.open, entry.blob)
            if file:
                return entry, file
            tried = entry.blob
        raise StoreUnavailable(f"the bytes of {key} are missing")


@asynccontextmanager
async def filesystem_object_store(
    folder: Path, links: PresignedLinks, clock: Clock
) -> AsyncGenerator[FilesystemObjectStore]:
    """Open the object store in a folder, and sweep it in the background."""
    blobs = Blobs(folder / "blobs")
    async with opened(folder / "index.db", object_index.SCHEMA, erases=True) as database:
        objects = FilesystemObjectStore(database, blobs, links, clock)
        sweeping = asyncio.ensure_future(_sweep_for_ever(objects))
        try:
            yield objects
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping


async def _sweep_for_ever(objects: FilesystemObjectStore) -> None:
    while True:
        with suppress(StoreUnavailable):
            await objects.sweep()
        await asyncio.sleep(_GRACE.total_seconds())


async def _write(writer: BlobWriter, chunks: AsyncIterable[bytes]) -> None:
    """Write chunks in larger pieces, each while the next one is gathered."""
    waiting, writing = bytearray(), asyncio.ensure_future(asyncio.sleep(0))
    try:
        async for chunk in chunks:
            waiting += chunk
            if len(waiting) >= _MIB:
                await writing
                writing = asyncio.ensure_future(asyncio.to_thread(writer.write, waiting))
                waiting = bytearray()
    finally:
        await writing
    await asyncio.to_thread(writer.write, waiting)
    await asyncio.to_thread(writer.finish)


def _read(file: FileIO, size: int) -> bytes:
    try:
        return file.read(size)
    except OSError as problem:
        raise StoreUnavailable(str(problem)) from problem
