"""Our buckets: private, and made when one is first written to."""

import structlog
from minio.commonconfig import ENABLED, Filter
from minio.error import S3Error
from minio.lifecycleconfig import AbortIncompleteMultipartUpload, LifecycleConfig, Rule

from chassis.adapters.minio.connection import S3Client
from chassis.adapters.minio.threads import Threads

_THERE = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists", "OperationAborted"})
_REFUSED = frozenset({"AccessDenied", "InvalidArgument", "MalformedXML", "NotImplemented"})
_log = structlog.get_logger()


class Buckets:
    """Makes each bucket ready once a process. Processes that do it at once don't disturb one another."""

    def __init__(self, client: S3Client, threads: Threads) -> None:
        self._client, self._threads = client, threads
        self._ready: set[str] = set()

    async def make_ready(self, bucket: str) -> None:
        """See to it that a bucket is there."""
        if bucket not in self._ready:
            await self._threads.call(lambda: self._make(bucket))
            self._ready.add(bucket)

    def forget(self, bucket: str) -> None:
        """Look again next time: it was removed."""
        self._ready.discard(bucket)

    def _make(self, bucket: str) -> None:
        try:
            self._client.make_bucket(bucket)
        except S3Error as problem:
            # Keys that may not make buckets use what an operator made for them.
            if problem.code not in _THERE | {"AccessDenied"}:
                raise
        try:
            if self._client.get_bucket_lifecycle(bucket) is None:
                self._client.set_bucket_lifecycle(bucket, _dropping_forgotten_uploads())
        except S3Error as problem:
            # MinIO refuses such a rule: it drops forgotten uploads after a day on its own.
            if problem.code not in _REFUSED:
                raise
            _log.debug("lifecycle_refused", bucket=bucket, code=problem.code)


def _dropping_forgotten_uploads() -> LifecycleConfig:
    drop = AbortIncompleteMultipartUpload(days_after_initiation=1)
    rule = Rule(ENABLED, Filter(prefix=""), "drop-forgotten-uploads", abort_incomplete_multipart_upload=drop)
    return LifecycleConfig([rule])
