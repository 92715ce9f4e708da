"""Key store on MongoDB."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress

from pymongo.errors import DuplicateKeyError, OperationFailure
from pymongo.read_concern import ReadConcern

from chassis.adapters.mongo.database import MongoCollection, MongoDatabase
from chassis.adapters.mongo.operation import mongo_operation
from chassis.ports.key_store import KeyShredded

_SETTING = "MONGODB_KEYS_URI"
_KEY_BYTES = 32
_USERS = "keys"
_UNAUTHORIZED = 13


class MongoKeyStore:
    """A `KeyStore` without a cache in the process. A shredded key leaves a record without a key.

    The keys of users are in the collection `keys`, those of another owner in `<owner>-keys`: MongoDB grants rights by
    collection (ADR 38).

    Reads of one key use the read concern `linearizable` (ADR 26): a former primary that is cut off from the others
    cannot return a key that they have shredded, and a failover cannot roll back a key that was returned.

    MongoDB keeps the bytes of an overwritten key in its journal until the next checkpoints, in free blocks of its data
    files until they are reused, in the oplog and in backups. Whoever has these and the events can read an erased person
    until then: see docs/operations.md.
    """

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._collections: dict[tuple[str, str], MongoCollection] = {}

    async def key_for(self, subject: str) -> bytes:
        """Return the subject's key; the first call creates it."""
        keys = self._collection(_collection_of(subject))
        async with mongo_operation(setting=_SETTING):
            found = await keys.find_one({"_id": subject})
            while found is None:
                await self._create(keys, subject)
                found = await keys.find_one({"_id": subject})
        if found["key"] is None:
            raise KeyShredded(subject)
        return found["key"]

    async def get_many(self, subjects: Sequence[str]) -> Mapping[str, bytes]:
        """Return the keys that exist; the subjects have one owner.

        Linearizable reads are of one document: a shredded key may still be returned.
        """
        if not subjects:
            return {}
        [collection] = {_collection_of(subject) for subject in subjects}
        query = {"_id": {"$in": list(subjects)}, "key": {"$ne": None}}
        async with mongo_operation(setting=_SETTING):
            return {found["_id"]: found["key"] async for found in self._collection(collection, "majority").find(query)}

    async def shred(self, subject: str) -> None:
        """Destroy the subject's key."""
        keys = self._collection(_collection_of(subject))
        async with mongo_operation(setting=_SETTING):
            await keys.update_one({"_id": subject}, {"$set": {"key": None}}, upsert=True)

    async def _create(self, keys: MongoCollection, subject: str) -> None:
        key = await self._former_key(subject) or secrets.token_bytes(_KEY_BYTES)
        # An insert, not an upsert: no server can let two of them succeed.
        with suppress(DuplicateKeyError):  # another process created it first
            await keys.insert_one({"_id": subject, "key": key})

    async def _former_key(self, subject: str) -> bytes | None:
        """Return the key from the collection where version 0.1 had all; None if this process may not read it."""
        if _collection_of(subject) == _USERS:
            return None
        try:
            found = await self._collection(_USERS).find_one({"_id": subject})
        except OperationFailure as problem:
            if problem.code != _UNAUTHORIZED:
                raise
            return None
        return found["key"] if found else None

    def _collection(self, name: str, read_concern: str = "linearizable") -> MongoCollection:
        # Cached: the driver creates a new object at each access, which is expensive.
        found = self._collections.get((name, read_concern))
        if found is None:
            found = self._database.get_collection(name, read_concern=ReadConcern(read_concern))
            self._collections[name, read_concern] = found
        return found


def _collection_of(subject: str) -> str:
    owner, separator, _ = subject.partition(":")
    return f"{owner}-keys" if separator and owner != "user" else _USERS
