"""The key store in a MongoDB database."""

import secrets
from contextlib import suppress

from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

from chassis.adapters.mongo.database import MongoDatabase, reaching
from chassis.ports.key_store import KeyShredded

_KEY_BYTES = 32


class MongoKeyStore:
    """A `KeyStore`. A shredded key leaves a record without a key. Nothing is remembered in this process.

    Only keys that a majority has are handed out: none that a failover could take back.

    What MongoDB itself keeps of an overwritten key: its journal until the next checkpoints, free blocks of its data
    files until they are written again, the oplog as long as it reaches back, and every backup. Until these have passed
    an erased person can be read by who has both them and the events: see the operators' notes.
    """

    def __init__(self, database: MongoDatabase) -> None:
        self._keys = database.get_collection("keys", read_concern=ReadConcern("majority"))

    async def key_for(self, subject: str) -> bytes:
        """Return the subject's key, made at the first call."""
        with reaching():
            found = await self._keys.find_one({"_id": subject})
            while found is None:
                await self._make(subject)
                found = await self._keys.find_one({"_id": subject})
        if found["key"] is None:
            raise KeyShredded(subject)
        return found["key"]

    async def shred(self, subject: str) -> None:
        """Destroy the subject's key."""
        with reaching():
            await self._keys.update_one({"_id": subject}, {"$set": {"key": None}}, upsert=True)

    async def _make(self, subject: str) -> None:
        new = {"$setOnInsert": {"key": secrets.token_bytes(_KEY_BYTES)}}
        with suppress(DuplicateKeyError):  # somebody else's came first
            await self._keys.update_one({"_id": subject}, new, upsert=True)
