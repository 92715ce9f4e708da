"""The port of the object store.

An object key is `<bucket>/<path>`: the bucket is `files`, `jobs` or `results`; the path is any text of up to about 900
bytes.
"""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chassis.ports.event_store import StoreUnavailable


class StoreFull(StoreUnavailable):
    """The store has no space for the object, or keeps what is left in reserve. Nothing was stored."""


class ObjectNotFound(LookupError):
    """There is no object with this key."""


class DamagedFile(Exception):
    """The bytes of a file are not those that were written. The message names it."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What `put` has stored: `size` in bytes, `sha256` of the bytes in hex, time of the write (UTC).

    The store does not promise the hash later: a fact that needs it records it.
    """

    key: str
    size: int
    sha256: str
    content_type: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """Metadata of a stored object: `size` in bytes, time of the write (UTC).

    `etag` is a strong validator (RFC 9110, 8.8.3) without its quotes: other bytes have another one. It is opaque.
    """

    key: str
    size: int
    content_type: str
    modified: datetime
    etag: str


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object in a listing: `size` in bytes, `modified` in UTC."""

    key: str
    size: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class ByteRange:
    """`length` bytes from offset `start`."""

    start: int
    length: int


class ObjectStore(Protocol):
    """An object store. Every method raises `StoreUnavailable` when the store is unreachable."""

    async def check_free_space(self) -> None:
        """Raise `StoreFull` when less than the reserve is free, where that can be known before a write."""
        ...

    async def put(self, key: str, chunks: AsyncIterable[bytes], content_type: str) -> StoredObject:
        """Store an object in bounded memory; return when it is durable.

        Atomic: an object with the same key is replaced, and nothing is stored when `chunks` raises. Raises `StoreFull`.
        """
        ...

    def open(self, key: str, byte_range: ByteRange | None = None) -> AsyncIterator[bytes]:
        """Yield the content in chunks of at most 1 MiB. Raises `ObjectNotFound` before the first chunk."""
        ...

    async def stat(self, key: str) -> ObjectInfo:
        """Return an object's metadata. Raises `ObjectNotFound`."""
        ...

    def list(self, prefix: str) -> AsyncIterator[ListedObject]:
        """Yield the objects whose keys start with `prefix`, ordered by key."""
        ...

    async def delete(self, key: str) -> None:
        """Delete an object. Idempotent: a missing object is not an error."""
        ...

    async def presign(self, key: str, expires: timedelta, filename: str) -> str:
        """Return a presigned URL: it downloads the object as `filename`, without a token, until it expires.

        A URL that starts with `/` is relative to the base URL of the API.
        """
        ...
