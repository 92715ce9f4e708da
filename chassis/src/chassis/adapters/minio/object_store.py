"""Object store on MinIO or another S3 server."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import datetime, timedelta

from minio.datatypes import Object

from chassis.adapters.minio.buckets import Buckets
from chassis.adapters.minio.connection import BucketNotFound, S3Connection, client, etag, modified, public_client
from chassis.adapters.minio.download import download
from chassis.adapters.minio.listing import list_objects
from chassis.adapters.minio.object_location import ObjectLocation, location_of
from chassis.adapters.minio.thread_pool import ThreadPool, thread_pool
from chassis.adapters.minio.upload import Upload
from chassis.ports.attachment import attachment
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.object_store import ByteRange, ListedObject, ObjectInfo, ObjectNotFound, StoredObject

__all__ = ["MinioObjectStore", "S3Connection", "minio_object_store"]

_OCTETS = "application/octet-stream"


class MinioObjectStore:
    """An `ObjectStore`. Each bucket of the port is an S3 bucket; `object_names` maps paths to names in it."""

    def __init__(self, connection: S3Connection, threads: ThreadPool) -> None:
        self._client, self._signing_client = client(connection), public_client(connection)
        self._bucket_prefix, self._threads = connection.bucket_prefix, threads
        self._buckets = Buckets(self._client, threads)

    async def check_free_space(self) -> None:
        """Do nothing: S3 tells that it is full when it refuses a write."""

    async def put(self, key: str, chunks: AsyncIterable[bytes], content_type: str) -> StoredObject:
        """Store all chunks, or nothing. Cancelling it during the last request leaves the outcome open."""
        location = self._location(key)
        await self._buckets.ensure(location.bucket)
        upload = Upload(self._client, self._threads, location, content_type)
        try:
            await upload.write(chunks)
        except BucketNotFound:
            self._buckets.invalidate(location.bucket)
            raise StoreUnavailable("S3: the bucket was removed") from None
        except BaseException:
            await upload.abort()
            raise
        return StoredObject(key, upload.size, upload.sha256, content_type, await self._modified(location))

    async def open(self, key: str, byte_range: ByteRange | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes in pieces of at most 1 MiB."""
        if byte_range and byte_range.length <= 0:
            await self.stat(key)
            return
        async with aclosing(download(self._client, self._threads, self._location(key), byte_range)) as pieces:
            async for piece in pieces:
                yield piece

    async def stat(self, key: str) -> ObjectInfo:
        """Return an object's metadata; the entity tag is the S3 server's."""
        found = await self._stat(self._location(key))
        return ObjectInfo(key, found.size or 0, found.content_type or _OCTETS, modified(found), etag(found))

    async def list(self, prefix: str) -> AsyncIterator[ListedObject]:
        """Yield the objects whose keys begin with `prefix`, ordered by key."""
        async with aclosing(list_objects(self._client, self._threads, self._bucket_prefix, prefix)) as objects:
            async for listed in objects:
                yield listed

    async def delete(self, key: str) -> None:
        """Delete an object. Deleting a missing object is not an error."""
        location = self._location(key)
        with suppress(BucketNotFound):
            await self._threads.call(lambda: self._client.remove_object(location.bucket, location.name))

    async def presign(self, key: str, expires: timedelta, filename: str) -> str:
        """Return a URL of the public address that downloads the object until it expires, after a week at most."""
        location = self._location(key)
        parameters: Mapping[str, str] = {"response-content-disposition": attachment(filename)}
        return self._signing_client.get_presigned_url("GET", location.bucket, location.name, expires, {**parameters})

    def _location(self, key: str) -> ObjectLocation:
        return location_of(key, self._bucket_prefix)

    async def _stat(self, location: ObjectLocation) -> Object:
        return await self._threads.call(lambda: self._client.stat_object(location.bucket, location.name))

    async def _modified(self, location: ObjectLocation) -> datetime:
        try:
            return modified(await self._stat(location))
        except ObjectNotFound:
            raise StoreUnavailable("S3: the object was removed right after the upload") from None


@asynccontextmanager
async def minio_object_store(connection: S3Connection) -> AsyncGenerator[MinioObjectStore]:
    """Open an object store. It connects at the first use: the server may be down now."""
    async with thread_pool() as threads:
        yield MinioObjectStore(connection, threads)
