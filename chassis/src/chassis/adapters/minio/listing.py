"""Listing objects by key prefix."""

from collections.abc import AsyncGenerator
from itertools import islice

from minio.datatypes import Object

from chassis.adapters.minio.connection import BucketNotFound, S3Client, modified
from chassis.adapters.minio.object_location import PrefixLocation, location_of_prefix
from chassis.adapters.minio.object_names import path_of
from chassis.adapters.minio.thread_pool import ThreadPool
from chassis.ports.object_store import ListedObject

_PAGE = 1000


async def list_objects(
    client: S3Client, threads: ThreadPool, bucket_prefix: str, prefix: str
) -> AsyncGenerator[ListedObject]:
    """Yield the objects whose keys begin with `prefix`, ordered by key; memory holds one page at a time."""
    for location in await _locations(client, threads, bucket_prefix, prefix):
        segment = location.bucket.removeprefix(bucket_prefix)
        async for found in _objects(client, threads, location):
            path = path_of(found.object_name or "")
            if path is not None:
                yield ListedObject(f"{segment}/{path}", found.size or 0, modified(found))


async def _objects(client: S3Client, threads: ThreadPool, location: PrefixLocation) -> AsyncGenerator[Object]:
    objects = client.list_objects(location.bucket, location.name_prefix, recursive=True)
    try:
        while page := await threads.call(lambda: list(islice(objects, _PAGE))):
            for found in page:
                yield found
    except BucketNotFound:
        return


async def _locations(client: S3Client, threads: ThreadPool, bucket_prefix: str, prefix: str) -> list[PrefixLocation]:
    if location := location_of_prefix(prefix, bucket_prefix):
        return [location]
    buckets = await threads.call(client.list_buckets)
    names = [bucket.name for bucket in buckets if bucket.name.startswith(f"{bucket_prefix}{prefix}")]
    return [PrefixLocation(name, "") for name in sorted(names, key=lambda name: f"{name}/")]
