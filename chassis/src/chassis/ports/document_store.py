"""The port of the document store: collections of versioned documents, the read models among them.

Deliberately narrow: bulk reads and writes guarded by revision, and no query language.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Collection:
    """A named set of documents.

    `keys` names the values that `find` filters and orders by. `indexes` lists, for each query, the keys that it filters
    by followed by the key that it orders by, so that no query scans the collection.
    """

    name: str
    keys: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()

    def index_for(self, equal: Iterable[str], order: str) -> tuple[str, ...]:
        """Return the index for a query by these keys in this order. Raises `ValueError` when none is declared."""
        selected, key = set(equal), order.removeprefix("-")
        for index in self.indexes:
            if index[-1] == key and len(index) == len(selected) + 1 and set(index[:-1]) == selected:
                return index
        raise ValueError(f"{self.name} declares no index by {sorted(selected)} ordered by {key}")


@dataclass(frozen=True, slots=True)
class Document:
    """A document: `body` is JSON, stored byte for byte; None marks a tombstone, which keeps the revision."""

    id: str
    revision: int
    body: bytes | None = field(repr=False)
    keys: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar], repr=False)


class DocumentStore(Protocol):
    """A document store; collections are created on first use. Every method raises `StoreUnavailable` on an outage."""

    async def put_newer(self, collection: Collection, documents: Sequence[Document]) -> None:
        """Write each document whose revision is greater than the stored one; skip the others. One round trip."""
        ...

    async def put_newer_in_order(self, writes: Sequence[tuple[Collection, Sequence[Document]]]) -> None:
        """Write to several collections as `put_newer` does: who sees one write sees those before it.

        One transaction where the store has them. After a failure, some may have been written: the first of them.
        """
        ...

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        """Return a document, or its tombstone; None when it was never written."""
        ...

    async def get_many(self, collection: Collection, ids: Sequence[str]) -> Mapping[str, Document]:
        """Return the documents that exist, including tombstones, by id. One round trip."""
        ...

    async def find(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int = 0, limit: int = 100
    ) -> Sequence[Document]:
        """Return documents whose keys equal the given values, ordered by a key, then by id (`-key`: descending).

        Tombstones are excluded. The returned documents may omit `keys`.
        """
        ...

    async def find_as_json(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int = 0, limit: int = 100
    ) -> bytes:
        """Return the bodies that `find` returns as one JSON array, each byte for byte as stored.

        For lists that are served as stored: no Python work per document.
        """
        ...

    async def delete(self, collection: Collection, ids: Sequence[str]) -> None:
        """Delete documents without a tombstone. For documents that no projection writes (leases, for example)."""
        ...

    async def compare_and_set(self, collection: Collection, document: Document, expected: int | None) -> bool:
        """Write only if the stored revision is `expected` (None: no document); return whether it was written."""
        ...

    async def wait_for(self, collection: Collection, document_id: str, revision: int, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait until the stored revision is at least `revision`; return False after `timeout` seconds."""
        ...
