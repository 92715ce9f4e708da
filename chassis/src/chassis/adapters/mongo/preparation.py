"""Collections and their indexes: made at the first use."""

import asyncio
from collections.abc import Sequence

from pymongo import IndexModel
from pymongo.errors import OperationFailure

from chassis.adapters.mongo.database import PATIENCE_SECONDS, MongoDatabase, reaching
from chassis.adapters.mongo.single_flight import SingleFlight
from chassis.ports.event_store import StoreUnavailable

_EXISTS = 48


class Preparation:
    """Sees that a collection and its indexes are there, once in this process. Making what is there changes nothing.

    A new index of a collection in use takes its time on the server: writing goes on meanwhile, finding is refused.
    """

    def __init__(self, database: MongoDatabase, name: str, indexes: Sequence[IndexModel]) -> None:
        self._database, self._name, self._indexes = database, name, indexes
        self._creating, self._indexing = SingleFlight(self._create), SingleFlight(self._index)

    async def for_writing(self) -> None:
        """Return when the collection is there; its indexes are begun."""
        await self._creating.done()
        self._indexing.begin()

    async def for_finding(self) -> None:
        """Return when the indexes are there. Raises `StoreUnavailable` when that takes too long."""
        await self._creating.done()
        indexing = self._indexing.begin()
        await asyncio.wait({indexing}, timeout=PATIENCE_SECONDS)
        if not indexing.done():
            raise StoreUnavailable(f"MongoDB: the indexes of {self._name} are being made")
        await indexing

    async def _create(self) -> None:
        with reaching():
            try:
                await self._database.create_collection(self._name, check_exists=False)
            except OperationFailure as problem:
                if problem.code != _EXISTS:
                    raise

    async def _index(self) -> None:
        if not self._indexes:
            return
        # Without a deadline: the server would take one as the wish to give the index up half made.
        with reaching(seconds=None):
            await self._database[self._name].create_indexes(self._indexes)
