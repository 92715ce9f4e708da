"""The port of the document store: collections of documents guarded by the revision of the stream they come from.

Narrow on purpose: what read models need, in bulk, and no query language.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Collection:
    """A named set of documents.

    `keys` are the names of the values that `find` selects and orders by; `indexes` lists, for each query, the keys it
    selects by followed by the one it orders by, so that none scans.
    """

    name: str
    keys: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()

    def index_for(self, equal: Iterable[str], order: str) -> tuple[str, ...]:
        """Return the index that serves to find by these keys in this order. Raises `ValueError` for want of one."""
        selected, key = set(equal), order.removeprefix("-")
        for index in self.indexes:
            if index[-1] == key and len(index) == len(selected) + 1 and set(index[:-1]) == selected:
                return index
        raise ValueError(f"{self.name} declares no index by {sorted(selected)} ordered by {key}")


@dataclass(frozen=True, slots=True)
class Document:
    """A document: `body` is JSON as bytes, kept as it is; None says deleted (a tombstone that keeps the revision)."""

    id: str
    revision: int
    body: bytes | None = field(repr=False)
    keys: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar], repr=False)


class DocumentStore(Protocol):
    """Collections, created at their first use. Every method raises `StoreUnavailable` when it can't be reached."""

    async def put_newer(self, collection: Collection, documents: Sequence[Document]) -> None:
        """Write each document whose revision is greater than the stored one's; leave the others. One round trip."""
        ...

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        """Return a document, tombstones too; None when there never was one."""
        ...

    async def get_many(self, collection: Collection, ids: Sequence[str]) -> Mapping[str, Document]:
        """Return the documents that exist, tombstones too, by id. One round trip."""
        ...

    async def find(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int = 0, limit: int = 100
    ) -> Sequence[Document]:
        """Return documents whose keys equal the given ones, ordered by a key, ties by id (`-key`: that order reversed).

        Tombstones are not found. The documents' `keys` may be left out of what is returned.
        """
        ...

    async def find_as_json(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int = 0, limit: int = 100
    ) -> bytes:
        """Return the bodies of what `find` returns as one JSON array, each byte for byte as it was put.

        For lists that are answered as they are stored: no work a document in Python.
        """
        ...

    async def delete(self, collection: Collection, ids: Sequence[str]) -> None:
        """Remove documents and their revisions without trace; for what is no projection (leases, say)."""
        ...

    async def compare_and_set(self, collection: Collection, document: Document, expected: int | None) -> bool:
        """Write the document only when the stored revision is `expected` (None: there is none); say whether it was."""
        ...

    async def wait_for(self, collection: Collection, document_id: str, revision: int, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait until the stored revision is at least `revision`; False after `timeout` seconds."""
        ...
