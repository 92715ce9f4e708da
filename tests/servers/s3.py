"""S3 connections of tests: to MinIO, or to the S3 of the environment variables."""

import os
from uuid import uuid4

from chassis.adapters.minio.connection import S3Connection
from tests.servers.minio import ACCESS_KEY, SECRET_KEY


def s3_connection(endpoint: str, bucket_prefix: str | None = None) -> S3Connection:
    """Return a connection; by default with a new bucket prefix, so that tests do not share buckets."""
    return S3Connection(
        endpoint=endpoint,
        public_endpoint=endpoint,
        access_key=os.environ.get("S3_ACCESS_KEY", ACCESS_KEY),
        secret_key=os.environ.get("S3_SECRET_KEY", SECRET_KEY),
        region="us-east-1",
        bucket_prefix=bucket_prefix or f"test-{uuid4().hex[:12]}-",
    )
