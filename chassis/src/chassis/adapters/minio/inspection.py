"""Reading whether the buckets of the product are there, without creating one."""

from collections.abc import Sequence

from chassis.adapters.minio.connection import S3Connection, impatient_client
from chassis.adapters.minio.thread_pool import thread_pool


async def missing_buckets(connection: S3Connection, buckets: Sequence[str]) -> Sequence[str]:
    """Return the names of the buckets that do not exist. Raises `StoreUnavailable`."""
    names = [f"{connection.bucket_prefix}{bucket}" for bucket in buckets]
    s3 = impatient_client(connection)
    async with thread_pool() as threads:
        return [name for name in names if not await threads.call(lambda name=name: s3.bucket_exists(name))]
