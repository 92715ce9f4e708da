"""Document store on MongoDB: one MongoDB collection per `Collection`."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from pymongo.errors import DuplicateKeyError

from chassis.adapters.mongo.batch_loader import BatchLoader
from chassis.adapters.mongo.bulk_write import delete, put_newer
from chassis.adapters.mongo.collection_setup import CollectionSetup
from chassis.adapters.mongo.database import MongoCollection, MongoDatabase, Record
from chassis.adapters.mongo.operation import TIMEOUT_SECONDS, mongo_operation
from chassis.adapters.mongo.records import (
    BODY_ONLY,
    REVISION_ONLY,
    WITHOUT_KEYS,
    document,
    index_models,
    query_filter,
    record,
    sort_order,
)
from chassis.adapters.mongo.revision_poller import RevisionPoller
from chassis.ports.document_store import Collection, Document, Scalar

_MAX_IDS = 100
"""Maximum number of ids of one query; larger requests send several queries at once. One reply holds at most 16 MiB."""

_TIMEOUT_SECONDS_PER_DOCUMENT = 0.02


class MongoDocumentStore:
    """A `DocumentStore`. `find` raises `ValueError` for a query that no declared index serves.

    A write that fails for lack of a response may have been applied.
    """

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._collections: dict[str, MongoCollection] = {}
        self._setups: dict[Collection, CollectionSetup] = {}
        self._pollers: dict[str, RevisionPoller] = {}
        self._loaders: dict[str, BatchLoader] = {}

    async def put_newer(self, collection: Collection, documents: Sequence[Document]) -> None:
        """Write each document whose revision is greater than the stored one's."""
        if not documents:
            return
        records = [record(collection, document) for document in documents]
        await self._setup(collection).ensure_collection()
        async with mongo_operation(_timeout_seconds(len(records))):
            await put_newer(self._driver_collection(collection), records)
        self._notify(collection, documents)

    async def put_newer_in_order(self, writes: Sequence[tuple[Collection, Sequence[Document]]]) -> None:
        """Write to several collections, one after the other."""
        for collection, documents in writes:
            await self.put_newer(collection, documents)

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        """Return a document, tombstones too."""
        loader = self._loaders.setdefault(collection.name, BatchLoader(partial(self.get_many, collection)))
        return await loader.get(document_id)

    async def get_many(self, collection: Collection, ids: Sequence[str]) -> Mapping[str, Document]:
        """Return the documents that exist, tombstones too, by id."""
        return {found["_id"]: document(found) for found in await self._by_id(collection, ids, WITHOUT_KEYS)}

    async def find(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int = 0, limit: int = 100
    ) -> Sequence[Document]:
        """Return documents whose keys equal the given ones, without their keys."""
        return [document(found) for found in await self._find(collection, equal, order, (skip, limit), WITHOUT_KEYS)]

    async def find_as_json(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int = 0, limit: int = 100
    ) -> bytes:
        """Return the bodies of what `find` returns as one JSON array, without parsing them."""
        found = await self._find(collection, equal, order, (skip, limit), BODY_ONLY)
        return b"[" + b",".join([record["body"] for record in found]) + b"]"

    async def delete(self, collection: Collection, ids: Sequence[str]) -> None:
        """Delete documents and their revisions."""
        if not ids:
            return
        async with mongo_operation(_timeout_seconds(len(ids))):
            await delete(self._driver_collection(collection), ids)

    async def compare_and_set(self, collection: Collection, document: Document, expected: int | None) -> bool:
        """Write the document only if the stored revision is the expected one."""
        await self._setup(collection).ensure_collection()
        async with mongo_operation():
            written = await self._written(self._driver_collection(collection), record(collection, document), expected)
        if written:
            self._notify(collection, [document])
        return written

    async def wait_for(self, collection: Collection, document_id: str, revision: int, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait until the stored revision is at least `revision`."""
        poller = self._pollers.setdefault(collection.name, RevisionPoller(lambda ids: self._revisions(collection, ids)))
        return await poller.wait(document_id, revision, timeout)

    async def _written(self, collection: MongoCollection, new: Record, expected: int | None) -> bool:
        if expected is not None:
            outcome = await collection.replace_one({"_id": new["_id"], "revision": expected}, new)
            return outcome.matched_count == 1
        try:
            await collection.insert_one(new)
        except DuplicateKeyError:
            return False
        return True

    async def _find(
        self,
        collection: Collection,
        equal: Mapping[str, Scalar],
        order: str,
        page: tuple[int, int],
        fields: Mapping[str, int],
    ) -> list[Record]:
        collection.index_for(list(equal), order)
        skip, limit = page
        if limit == 0:
            return []
        await self._setup(collection).ensure_indexes()
        async with mongo_operation():
            cursor = (
                self._driver_collection(collection).find(query_filter(equal), fields).sort(sort_order(order)).skip(skip)
            )
            return await cursor.limit(limit).batch_size(limit + 1).to_list(None)

    async def _by_id(self, collection: Collection, ids: Sequence[str], fields: Mapping[str, int]) -> list[Record]:
        async with mongo_operation():
            queries = [
                self._driver_collection(collection)
                .find({"_id": {"$in": batch}}, fields)
                .batch_size(_MAX_IDS + 1)
                .to_list(None)
                for batch in (list(ids[start : start + _MAX_IDS]) for start in range(0, len(ids), _MAX_IDS))
            ]
            return [found for batch in await asyncio.gather(*queries) for found in batch]

    async def _revisions(self, collection: Collection, ids: Sequence[str]) -> Mapping[str, int]:
        return {found["_id"]: found["revision"] for found in await self._by_id(collection, ids, REVISION_ONLY)}

    def _notify(self, collection: Collection, documents: Sequence[Document]) -> None:
        if poller := self._pollers.get(collection.name):
            poller.notify({document.id: document.revision for document in documents})

    def _setup(self, collection: Collection) -> CollectionSetup:
        if collection not in self._setups:
            self._setups[collection] = CollectionSetup(self._database, collection.name, index_models(collection))
        return self._setups[collection]

    def _driver_collection(self, collection: Collection) -> MongoCollection:
        # Cached: the driver creates a new object at each access, which is expensive.
        if collection.name not in self._collections:
            self._collections[collection.name] = self._database[collection.name]
        return self._collections[collection.name]


def _timeout_seconds(documents: int) -> float:
    return TIMEOUT_SECONDS + documents * _TIMEOUT_SECONDS_PER_DOCUMENT
