"""The document store in a MongoDB database: a collection a collection."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from pymongo.errors import DuplicateKeyError

from chassis.adapters.mongo.batch_loader import BatchLoader
from chassis.adapters.mongo.database import PATIENCE_SECONDS, MongoCollection, MongoDatabase, Record, reaching
from chassis.adapters.mongo.preparation import Preparation
from chassis.adapters.mongo.revision_poller import RevisionPoller
from chassis.adapters.mongo.stored_form import (
    BESIDE_KEYS,
    BODY_ONLY,
    REVISION_ONLY,
    condition,
    document,
    index_models,
    ordering,
    record,
)
from chassis.adapters.mongo.writing import put_newer
from chassis.ports.document_store import Collection, Document, Scalar

_IDS = 100
"""How many ids one query names. All that are needed are asked at once: a reply takes 16 MiB, whatever is asked."""

_PATIENCE_A_DOCUMENT = 0.02


class MongoDocumentStore:
    """A `DocumentStore` that refuses, with `ValueError`, to find what no declared index serves.

    What a failed write did is not known when its answer was lost: it may have been done.
    """

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._collections: dict[str, MongoCollection] = {}
        self._prepared: dict[Collection, Preparation] = {}
        self._pollers: dict[str, RevisionPoller] = {}
        self._gathering: dict[str, BatchLoader] = {}

    async def put_newer(self, collection: Collection, documents: Sequence[Document]) -> None:
        """Write each document whose revision is greater than the stored one's."""
        if not documents:
            return
        records = [record(collection, each) for each in documents]
        await self._preparation(collection).for_writing()
        with reaching(PATIENCE_SECONDS + len(records) * _PATIENCE_A_DOCUMENT):
            await put_newer(self._of(collection), records)
        self._tell(collection, documents)

    async def get(self, collection: Collection, document_id: str) -> Document | None:
        """Return a document, tombstones too."""
        loader = self._gathering.setdefault(collection.name, BatchLoader(partial(self.get_many, collection)))
        return await loader.get(document_id)

    async def get_many(self, collection: Collection, ids: Sequence[str]) -> Mapping[str, Document]:
        """Return the documents that exist, tombstones too, by id."""
        return {found["_id"]: document(found) for found in await self._by_id(collection, ids, BESIDE_KEYS)}

    async def find(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int = 0, limit: int = 100
    ) -> Sequence[Document]:
        """Return documents whose keys equal the given ones, without their keys."""
        return [document(found) for found in await self._find(collection, equal, order, (skip, limit), BESIDE_KEYS)]

    async def find_as_json(
        self, collection: Collection, equal: Mapping[str, Scalar], *, order: str, skip: int = 0, limit: int = 100
    ) -> bytes:
        """Return the bodies of what `find` returns as one JSON array; no JSON is read."""
        found = await self._find(collection, equal, order, (skip, limit), BODY_ONLY)
        return b"[" + b",".join([each["body"] for each in found]) + b"]"

    async def delete(self, collection: Collection, ids: Sequence[str]) -> None:
        """Remove documents and their revisions."""
        with reaching():
            await self._of(collection).delete_many({"_id": {"$in": list(ids)}})

    async def compare_and_set(self, collection: Collection, document: Document, expected: int | None) -> bool:
        """Write the document only when the stored revision is the expected one."""
        await self._preparation(collection).for_writing()
        with reaching():
            written = await self._written(self._of(collection), record(collection, document), expected)
        if written:
            self._tell(collection, [document])
        return written

    async def wait_for(self, collection: Collection, document_id: str, revision: int, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait until the stored revision is at least `revision`."""
        poller = self._pollers.setdefault(collection.name, RevisionPoller(lambda ids: self._revisions(collection, ids)))
        return await poller.reached(document_id, revision, timeout)

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
        await self._preparation(collection).for_finding()
        with reaching():
            cursor = self._of(collection).find(condition(equal), fields).sort(ordering(order)).skip(skip)
            return await cursor.limit(limit).batch_size(limit + 1).to_list(None)

    async def _by_id(self, collection: Collection, ids: Sequence[str], fields: Mapping[str, int]) -> list[Record]:
        with reaching():
            asked = [
                self._of(collection).find({"_id": {"$in": some}}, fields).batch_size(_IDS + 1).to_list(None)
                for some in (list(ids[start : start + _IDS]) for start in range(0, len(ids), _IDS))
            ]
            return [found for answer in await asyncio.gather(*asked) for found in answer]

    async def _revisions(self, collection: Collection, ids: Sequence[str]) -> Mapping[str, int]:
        return {found["_id"]: found["revision"] for found in await self._by_id(collection, ids, REVISION_ONLY)}

    def _tell(self, collection: Collection, documents: Sequence[Document]) -> None:
        if poller := self._pollers.get(collection.name):
            poller.tell({each.id: each.revision for each in documents})

    def _preparation(self, collection: Collection) -> Preparation:
        if collection not in self._prepared:
            self._prepared[collection] = Preparation(self._database, collection.name, index_models(collection))
        return self._prepared[collection]

    def _of(self, collection: Collection) -> MongoCollection:
        # The driver makes a new one at each asking, which is not cheap.
        if collection.name not in self._collections:
            self._collections[collection.name] = self._database[collection.name]
        return self._collections[collection.name]
