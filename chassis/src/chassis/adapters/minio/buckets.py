"""The buckets of the product: private, created at the first write."""

import structlog
from minio.commonconfig import ENABLED, Filter
from minio.error import S3Error
from minio.lifecycleconfig import AbortIncompleteMultipartUpload, LifecycleConfig, Rule

from chassis.adapters.minio.connection import S3Client
from chassis.adapters.minio.thread_pool import ThreadPool

_EXISTS = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists", "OperationAborted"})
_LIFECYCLE_REFUSED = frozenset({"AccessDenied", "InvalidArgument", "MalformedXML", "NotImplemented"})
_log = structlog.get_logger()


class Buckets:
    """Creates each bucket once per process. Several processes may do so at the same time."""

    def __init__(self, client: S3Client, threads: ThreadPool) -> None:
        self._client, self._threads = client, threads
        self._created: set[str] = set()

    async def ensure(self, bucket: str) -> None:
        """Create a bucket unless it exists."""
        if bucket not in self._created:
            await self._threads.call(lambda: self._create(bucket))
            self._created.add(bucket)

    def invalidate(self, bucket: str) -> None:
        """Check again at the next write: the bucket was removed."""
        self._created.discard(bucket)

    def _create(self, bucket: str) -> None:
        try:
            self._client.make_bucket(bucket)
        except S3Error as problem:
            # Access keys without the right to create buckets use those that an operator created.
            if problem.code not in _EXISTS | {"AccessDenied"}:
                raise
        try:
            if self._client.get_bucket_lifecycle(bucket) is None:
                self._client.set_bucket_lifecycle(bucket, _aborting_incomplete_uploads())
        except S3Error as problem:
            # MinIO refuses this rule: it aborts incomplete uploads after a day on its own.
            if problem.code not in _LIFECYCLE_REFUSED:
                raise
            _log.debug("lifecycle_refused", bucket=bucket, code=problem.code)


def _aborting_incomplete_uploads() -> LifecycleConfig:
    abort = AbortIncompleteMultipartUpload(days_after_initiation=1)
    rule = Rule(ENABLED, Filter(prefix=""), "drop-forgotten-uploads", abort_incomplete_multipart_upload=abort)
    return LifecycleConfig([rule])
