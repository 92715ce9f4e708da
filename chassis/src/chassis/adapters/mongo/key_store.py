"""Key store on MongoDB."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress

from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

from chassis.adapters.mongo.database import MongoDatabase
from chassis.adapters.mongo.operation import mongo_operation
from chassis.ports.key_store import KeyShredded

_KEY_BYTES = 32


class MongoKeyStore:
    """A `KeyStore` without a cache in the process. A shredded key leaves a record without a key.

    Reads use the read concern `linearizable` (ADR 26): a former primary that is cut off from the others cannot return a
    key that they have shredded, and a failover cannot roll back a key that was returned.

    MongoDB keeps the bytes of an overwritten key in its journal until the next checkpoints, in free blocks of its data
    files until they are reused, in the oplog and in backups. Whoever has these and the events can read an erased person
    until then: see docs/operations.md.
    """

    def __init__(self, database: MongoDatabase, collection: str = "keys") -> None:
        self._keys = database.get_collection(collection, read_concern=ReadConcern("linearizable"))
        self._many = database.get_collection(collection, read_concern=ReadConcern("majority"))

    async def key_for(self, subject: str) -> bytes:
        """Return the subject's key; the first call creates it."""
        async with mongo_operation():
            found = await self._keys.find_one({"_id": subject})
            while found is None:
                await self._create(subject)
                found = await self._keys.find_one({"_id": subject})
        if found["key"] is None:
            raise KeyShredded(subject)
        return found["key"]

    async def get_many(self, subjects: Sequence[str]) -> Mapping[str, bytes]:
        """Return the keys that exist. Linearizable reads are of one document: a shredded key may still be returned."""
        async with mongo_operation():
            query = {"_id": {"$in": list(subjects)}, "key": {"$ne": None}}
            return {found["_id"]: found["key"] async for found in self._many.find(query)}

    async def shred(self, subject: str) -> None:
        """Destroy the subject's key."""
        async with mongo_operation():
            await self._keys.update_one({"_id": subject}, {"$set": {"key": None}}, upsert=True)

    async def _create(self, subject: str) -> None:
        # An insert, not an upsert: no server can let two of them succeed.
        with suppress(DuplicateKeyError):  # another process created it first
            await self._keys.insert_one({"_id": subject, "key": secrets.token_bytes(_KEY_BYTES)})
