"""Which objects there are."""

from collections.abc import AsyncGenerator
from itertools import islice

from minio.datatypes import Object

from chassis.adapters.minio.connection import BucketNotFound, S3Client, modified
from chassis.adapters.minio.object_names import path_of
from chassis.adapters.minio.place import Place, places_below
from chassis.adapters.minio.threads import Threads
from chassis.ports.object_store import ListedObject

_PAGE = 1000


async def listed(client: S3Client, threads: Threads, bucket_prefix: str, prefix: str) -> AsyncGenerator[ListedObject]:
    """Yield the objects whose keys begin with `prefix`, ordered by key; a page is held at a time."""
    for place in await _places(client, threads, bucket_prefix, prefix):
        segment = place.bucket.removeprefix(bucket_prefix)
        async for found in _objects(client, threads, place):
            path = path_of(found.object_name or "")
            if path is not None:
                yield ListedObject(f"{segment}/{path}", found.size or 0, modified(found))


async def _objects(client: S3Client, threads: Threads, place: Place) -> AsyncGenerator[Object]:
    objects = client.list_objects(place.bucket, place.name, recursive=True)
    try:
        while page := await threads.call(lambda: list(islice(objects, _PAGE))):
            for found in page:
                yield found
    except BucketNotFound:
        return


async def _places(client: S3Client, threads: Threads, bucket_prefix: str, prefix: str) -> list[Place]:
    if place := places_below(prefix, bucket_prefix):
        return [place]
    buckets = await threads.call(client.list_buckets)
    names = [bucket.name for bucket in buckets if bucket.name.startswith(f"{bucket_prefix}{prefix}")]
    return [Place(name, "") for name in sorted(names, key=lambda name: f"{name}/")]
