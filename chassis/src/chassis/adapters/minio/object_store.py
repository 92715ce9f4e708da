"""The object store on MinIO, or any S3."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import datetime, timedelta

from chassis.adapters.minio.buckets import Buckets
from chassis.adapters.minio.connection import BucketNotFound, S3Connection, client, modified, public_client
from chassis.adapters.minio.download import read
from chassis.adapters.minio.known_hash import known_hash
from chassis.adapters.minio.listing import listed
from chassis.adapters.minio.place import Place, place_of
from chassis.adapters.minio.threads import Threads, threads
from chassis.adapters.minio.upload import Upload
from chassis.ports.attachment import attachment
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.object_store import ByteRange, ListedObject, ObjectNotFound, StoredObject

__all__ = ["MinioObjectStore", "S3Connection", "minio_object_store"]

_OCTETS = "application/octet-stream"


class MinioObjectStore:
    """An `ObjectStore`. Each first segment of keys has a bucket of its own; `object_names` says what is in it."""

    def __init__(self, connection: S3Connection, threads: Threads) -> None:
        self._client, self._signing_client = client(connection), public_client(connection)
        self._prefix, self._threads = connection.bucket_prefix, threads
        self._buckets = Buckets(self._client, threads)

    async def put(self, key: str, chunks: AsyncIterable[bytes], content_type: str) -> StoredObject:
        """Store all chunks, or nothing. A caller that is cancelled at the very end never learns whether."""
        place = place_of(key, self._prefix)
        await self._buckets.make_ready(place.bucket)
        upload = Upload(self._client, self._threads, place, content_type)
        try:
            await upload.take(chunks)
        except BucketNotFound:
            self._buckets.forget(place.bucket)
            raise StoreUnavailable("S3: the bucket was removed") from None
        except BaseException:
            await upload.give_up()
            raise
        return StoredObject(key, upload.size, upload.sha256, content_type, await self._modified(place))

    async def open(self, key: str, byte_range: ByteRange | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes in pieces of at most 1 MiB."""
        place = place_of(key, self._prefix)
        if byte_range and byte_range.length <= 0:
            await self.stat(key)
            return
        async with aclosing(read(self._client, self._threads, place, byte_range)) as pieces:
            async for piece in pieces:
                yield piece

    async def stat(self, key: str) -> StoredObject:
        """Return what is known of an object."""
        place = place_of(key, self._prefix)

        def look() -> StoredObject:
            found = self._client.stat_object(place.bucket, place.name)
            hash_ = known_hash(self._client, found)
            return StoredObject(key, found.size or 0, hash_, found.content_type or _OCTETS, modified(found))

        return await self._threads.call(look)

    async def list(self, prefix: str) -> AsyncIterator[ListedObject]:
        """Yield the objects whose keys begin with `prefix`, ordered by key."""
        async with aclosing(listed(self._client, self._threads, self._prefix, prefix)) as objects:
            async for one in objects:
                yield one

    async def delete(self, key: str) -> None:
        """Remove an object; one that isn't there is no error."""
        place = place_of(key, self._prefix)
        with suppress(BucketNotFound):
            await self._threads.call(lambda: self._client.remove_object(place.bucket, place.name))

    async def presign(self, key: str, expires: timedelta, filename: str) -> str:
        """Return a URL of the public address that downloads the object until it expires, a week at most."""
        place = place_of(key, self._prefix)
        named: Mapping[str, str] = {"response-content-disposition": attachment(filename)}
        return self._signing_client.get_presigned_url("GET", place.bucket, place.name, expires, {**named})

    async def _modified(self, place: Place) -> datetime:
        try:
            return modified(await self._threads.call(lambda: self._client.stat_object(place.bucket, place.name)))
        except ObjectNotFound:
            raise StoreUnavailable("S3: the object was removed as soon as it was written") from None


@asynccontextmanager
async def minio_object_store(connection: S3Connection) -> AsyncGenerator[MinioObjectStore]:
    """Prepare the use of an S3; no server has to be there, and none is asked for."""
    async with threads() as pool:
        yield MinioObjectStore(connection, pool)
