"""Connection to an S3 server: the driver's client, its timeouts and the translation of its errors."""

import ssl
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

from minio import Minio
from minio.datatypes import Object, Part
from minio.error import InvalidResponseError, MinioException, S3Error
from urllib3 import PoolManager
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.util import Retry, Timeout

from chassis.ports.event_store import StoreRefused, StoreUnavailable
from chassis.ports.object_store import ObjectNotFound, StoreFull

MAX_THREADS = 16
DRIVER_ERRORS = (MinioException, HTTPError, ParseError)
"""Every error that the driver raises: an error response, no response, a malformed response."""

_REFUSED_KEYS = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"})
_FULL = frozenset({"XMinioStorageFull", "InsufficientStorage", "QuotaExceeded", "XMinioAdminBucketQuotaExceeded"})
_KEY_SETTINGS = "CALIFORNIA_GOLD_S3_ACCESS_KEY, CALIFORNIA_GOLD_S3_SECRET_KEY"
_ENDPOINT_SETTING = "CALIFORNIA_GOLD_S3_ENDPOINT"
_FIRST_SERVER_ERROR = 500
_INTERRUPTIONS = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
_CONNECT_SECONDS = 3.0
_READ_SECONDS = 15.0
_CHECK_SECONDS = 4.0
_RETRIED_STATUSES = (502, 503, 504)


class BucketNotFound(ObjectNotFound):
    """The bucket does not exist."""


@dataclass(frozen=True, slots=True)
class S3Connection:
    """Addresses and access keys of an S3 server.

    The URLs (`http(s)://host[:port]`) are the server's address for this process and for clients. The name of an S3
    bucket is `bucket_prefix` followed by the first segment of an object's key.
    """

    endpoint: str
    public_endpoint: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    region: str
    bucket_prefix: str


class S3Client(Minio):
    """The driver's client, with each step of a multipart upload as one method.

    The driver's own upload blocks a thread until the last byte of the source arrives. All methods block: call them on
    a thread.
    """

    def begin_parts(self, bucket: str, name: str, content_type: str) -> str:
        """Start a multipart upload; return its id."""
        return self._create_multipart_upload(bucket, name, {"Content-Type": content_type})

    def put_part(self, bucket: str, name: str, upload_id: str, number: int, data: bytes) -> Part:
        """Upload one part; parts are numbered from 1."""
        return Part(number, self._upload_part(bucket, name, data, None, upload_id, number))

    def complete_parts(self, bucket: str, name: str, upload_id: str, parts: list[Part]) -> None:
        """Complete a multipart upload: the object appears."""
        self._complete_multipart_upload(bucket, name, upload_id, parts)

    def abort_parts(self, bucket: str, name: str, upload_id: str) -> None:
        """Abort a multipart upload: the server deletes its parts."""
        self._abort_multipart_upload(bucket, name, upload_id)

    def put_whole(self, bucket: str, name: str, data: bytes, content_type: str) -> None:
        """Store a small object with one request."""
        self._put_object(bucket, name, data, {"Content-Type": content_type})


def client(connection: S3Connection) -> S3Client:
    """Return a client; it connects at the first call."""
    return _client(connection, connection.endpoint)


def impatient_client(connection: S3Connection) -> S3Client:
    """Return a client that gives up after one try of some seconds, for a check that a person waits for."""
    timeout = Timeout(connect=_CHECK_SECONDS / 2, read=_CHECK_SECONDS)
    connections = PoolManager(timeout=timeout, retries=Retry(0), cert_reqs="CERT_REQUIRED")
    return _client(connection, connection.endpoint, connections)


def public_client(connection: S3Connection) -> S3Client:
    """Return a client that signs URLs of the public address; it sends no requests."""
    return _client(connection, connection.public_endpoint)


def modified(found: Object) -> datetime:
    """Return the time of an object's last write. Raises `StoreUnavailable` for a response without it."""
    if found.last_modified is None:
        raise StoreUnavailable("S3: a response without Last-Modified")
    return found.last_modified


def etag(found: Object) -> str:
    """Return an object's entity tag without quotes. Raises `StoreUnavailable` for a response without it."""
    if not found.etag:
        raise StoreUnavailable("S3: a response without ETag")
    return found.etag


def translated(problem: Exception) -> Exception:
    """Return the port's error for a driver's error, without the driver's message: it may quote a request."""
    if not isinstance(problem, S3Error):
        return _refusal(problem) or StoreUnavailable(f"S3: {type(problem).__name__}")
    if problem.code == "NoSuchBucket":
        return BucketNotFound()
    if problem.code in _REFUSED_KEYS:
        return StoreRefused(f"{_KEY_SETTINGS}: S3 refused the keys ({problem.code})")
    if problem.code in _FULL:
        return StoreFull(f"S3: {problem.code}")
    if problem.code == "AuthorizationHeaderMalformed":
        return StoreRefused("CALIFORNIA_GOLD_S3_REGION: S3 has another region")
    return ObjectNotFound() if problem.code == "NoSuchKey" else StoreUnavailable(f"S3: {problem.code}")


def _refusal(problem: Exception) -> StoreRefused | None:
    """Return the error for a server that will not answer as S3 does, however long it is waited for; None for others.

    A gateway before S3 may answer 5xx without XML in an outage.
    """
    code = problem._code if isinstance(problem, InvalidResponseError) else None  # noqa: SLF001  # pyright: ignore
    if isinstance(problem, ParseError) or (code is not None and code < _FIRST_SERVER_ERROR):
        return StoreRefused(f"{_ENDPOINT_SETTING}: what answers there is no S3")
    return _tls_refusal(problem)


def _tls_refusal(problem: Exception) -> StoreRefused | None:
    """Return the error for a server whose TLS certificate is not trusted, or that has no TLS; None for others."""
    cause = problem.reason if isinstance(problem, MaxRetryError) else problem
    refused = [link for link in getattr(cause, "args", ()) if isinstance(link, ssl.SSLError)]
    if not refused or isinstance(refused[0], _INTERRUPTIONS):
        return None
    return StoreRefused(
        f"{_ENDPOINT_SETTING}: TLS with S3 failed; is its certificate authority in the file of SSL_CERT_FILE?"
    )


def _client(connection: S3Connection, endpoint: str, connections: PoolManager | None = None) -> S3Client:
    address = urlsplit(endpoint)
    return S3Client(
        address.netloc,
        access_key=connection.access_key,
        secret_key=connection.secret_key,
        secure=address.scheme == "https",
        region=connection.region,
        http_client=connections or _connections(),
    )


def _connections() -> PoolManager:
    # Every method may be retried: the server drops a multipart upload that was started and never completed.
    retries = Retry(
        connect=1,
        read=1,
        status=3,
        other=0,
        redirect=2,
        backoff_factor=0.2,
        status_forcelist=_RETRIED_STATUSES,
        allowed_methods=None,
        raise_on_status=False,
        respect_retry_after_header=False,  # a starting MinIO sends one minute
    )
    timeout = Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)
    return PoolManager(maxsize=MAX_THREADS, timeout=timeout, retries=retries, cert_reqs="CERT_REQUIRED")
