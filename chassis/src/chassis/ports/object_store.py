"""The port of the object store: bytes under keys.

A key is `<bucket>/<path>`: the first segment is one of ours (`files`, `jobs`, `results`), the rest is any text
of up to about 900 bytes.
"""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


class ObjectNotFound(LookupError):
    """No object has this key."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What is known of an object: `size` in bytes, `sha256` of its bytes in hex, when it was written (UTC)."""

    key: str
    size: int
    sha256: str
    content_type: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class ListedObject:
    """What a list tells of an object: `size` in bytes, when it was written (UTC)."""

    key: str
    size: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class ByteRange:
    """`length` bytes from offset `start`."""

    start: int
    length: int


class ObjectStore(Protocol):
    """Every method raises `StoreUnavailable` when the store can't be reached or is full."""

    async def put(self, key: str, chunks: AsyncIterable[bytes], content_type: str) -> StoredObject:
        """Store all chunks, in bounded memory, and return when they are durable.

        The object appears whole or not at all; one already there is replaced. An exception out of `chunks` leaves
        nothing.
        """
        ...

    def open(self, key: str, byte_range: ByteRange | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes in pieces of at most 1 MiB. Raises `ObjectNotFound` at the first piece."""
        ...

    async def stat(self, key: str) -> StoredObject:
        """Return what is known of an object. Raises `ObjectNotFound`."""
        ...

    def list(self, prefix: str) -> AsyncIterator[ListedObject]:
        """Yield the objects whose keys begin with `prefix`, ordered by key."""
        ...

    async def delete(self, key: str) -> None:
        """Remove an object; one that isn't there is no error."""
        ...

    async def presign(self, key: str, expires: timedelta, filename: str) -> str:
        """Return a URL that downloads the object without a token until it expires, named `filename` for the browser.

        A URL that begins with `/` is relative to the address that the API is reached at.
        """
        ...
