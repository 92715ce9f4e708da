"""How an S3 is reached: the one place that names the driver's client, its deadlines and its errors."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

from minio import Minio
from minio.datatypes import Object, Part
from minio.error import MinioException, S3Error
from urllib3 import PoolManager
from urllib3.exceptions import HTTPError
from urllib3.util import Retry, Timeout

from chassis.ports.event_store import StoreUnavailable
from chassis.ports.object_store import ObjectNotFound

THREADS = 16
DRIVER_ERRORS = (MinioException, HTTPError, ParseError)
"""Everything that the driver raises: a refusal, no answer, an answer that is none."""

_CONNECT_SECONDS = 3.0
_ANSWER_SECONDS = 15.0
_BUSY = (502, 503, 504)


class BucketNotFound(ObjectNotFound):
    """Not even the bucket is there."""


@dataclass(frozen=True, slots=True)
class S3Connection:
    """Where the objects are, and the keys to it.

    The URLs (`http(s)://host[:port]`) are the server's as we reach it and as clients do. The name of a bucket is
    `bucket_prefix` and the first segment of an object's key.
    """

    endpoint: str
    public_endpoint: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    region: str
    bucket_prefix: str


class S3Client(Minio):
    """The driver, with each step of an upload in parts by itself: its own way holds a thread until the last byte came.

    Its methods block: call them on a thread.
    """

    def begin_parts(self, bucket: str, name: str, content_type: str) -> str:
        """Begin an upload in parts; return its id."""
        return self._create_multipart_upload(bucket, name, {"Content-Type": content_type})

    def put_part(self, bucket: str, name: str, upload_id: str, number: int, data: bytes) -> Part:
        """Send one part, counted from 1."""
        return Part(number, self._upload_part(bucket, name, data, None, upload_id, number))

    def join_parts(self, bucket: str, name: str, upload_id: str, parts: list[Part]) -> str:
        """Let the object appear; return its ETag."""
        return (self._complete_multipart_upload(bucket, name, upload_id, parts).etag or "").strip('"')

    def drop_parts(self, bucket: str, name: str, upload_id: str) -> None:
        """Give an upload up, with what was sent of it."""
        self._abort_multipart_upload(bucket, name, upload_id)

    def put_whole(self, bucket: str, name: str, data: bytes, headers: dict[str, str]) -> None:
        """Store a small object with one request."""
        self._put_object(bucket, name, data, {**headers})


def client(connection: S3Connection) -> S3Client:
    """Return a client; it connects when it is used."""
    return _client(connection, connection.endpoint)


def public_client(connection: S3Connection) -> S3Client:
    """Return a client that signs for the address that the world reaches; it is never called."""
    return _client(connection, connection.public_endpoint)


def modified(found: Object) -> datetime:
    """Return when an object was written."""
    if found.last_modified is None:
        raise StoreUnavailable("S3: an answer without Last-Modified")
    return found.last_modified


def translated(problem: Exception) -> Exception:
    """Return what our callers know an error as, without the driver's message: it may quote a request."""
    if not isinstance(problem, S3Error):
        return StoreUnavailable(f"S3: {type(problem).__name__}")
    if problem.code == "NoSuchBucket":
        return BucketNotFound()
    return ObjectNotFound() if problem.code == "NoSuchKey" else StoreUnavailable(f"S3: {problem.code}")


def _client(connection: S3Connection, endpoint: str) -> S3Client:
    address = urlsplit(endpoint)
    return S3Client(
        address.netloc,
        access_key=connection.access_key,
        secret_key=connection.secret_key,
        secure=address.scheme == "https",
        region=connection.region,
        http_client=_connections(),
    )


def _connections() -> PoolManager:
    # Sending twice is harmless, whatever the method: an upload that was begun and forgotten is dropped by the server.
    retries = Retry(
        connect=1,
        read=1,
        status=3,
        other=0,
        redirect=2,
        backoff_factor=0.2,
        status_forcelist=_BUSY,
        allowed_methods=None,
        raise_on_status=False,
        respect_retry_after_header=False,  # a MinIO that starts says a minute
    )
    timeout = Timeout(connect=_CONNECT_SECONDS, read=_ANSWER_SECONDS)
    return PoolManager(maxsize=THREADS, timeout=timeout, retries=retries, cert_reqs="CERT_REQUIRED")
