"""Creation of a collection and its indexes at the first use."""

import asyncio
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from pymongo import IndexModel
from pymongo.errors import OperationFailure

from chassis.adapters.mongo.database import MongoDatabase
from chassis.adapters.mongo.operation import TIMEOUT_SECONDS, mongo_operation
from chassis.adapters.mongo.single_flight import SingleFlight
from chassis.ports.event_store import StoreUnavailable

_NAMESPACE_EXISTS = 48
_index_builds: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


class CollectionSetup:
    """Creates a collection and its indexes once per process. Creation is idempotent.

    The server builds a new index of a collection in use in the background: meanwhile writes succeed, queries fail. A
    build may take hours and with Motor occupies a thread, so a process waits for one build at a time; a collection
    whose indexes exist does not wait for the builds of others.
    """

    def __init__(self, database: MongoDatabase, name: str, indexes: Sequence[IndexModel]) -> None:
        self._database, self._name, self._indexes = database, name, indexes
        self._creation, self._indexing = SingleFlight(self._create), SingleFlight(self._create_indexes)

    async def ensure_collection(self) -> None:
        """Return when the collection exists; the creation of its indexes is started."""
        await self._creation.wait()
        self._indexing.start()

    async def ensure_indexes(self) -> None:
        """Return when the indexes exist. Raises `StoreUnavailable` after a timeout."""
        await self._creation.wait()
        indexing = self._indexing.start()
        await asyncio.wait({indexing}, timeout=TIMEOUT_SECONDS)
        if not indexing.done():
            raise StoreUnavailable(f"MongoDB: the indexes of {self._name} are being built")
        await indexing

    async def _create(self) -> None:
        async with mongo_operation():
            try:
                await self._database.create_collection(self._name, check_exists=False)
            except OperationFailure as problem:
                if problem.code != _NAMESPACE_EXISTS:
                    raise

    async def _create_indexes(self) -> None:
        if not self._indexes:
            return
        if await self._are_declared():
            # The server checks their declarations, and waits for a build that another process started.
            await self._request_indexes(TIMEOUT_SECONDS)
        else:
            async with _index_builds.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
                # No timeout: the server would abort the build at the deadline.
                await self._request_indexes(timeout_seconds=None)

    async def _are_declared(self) -> bool:
        async with mongo_operation():
            declared = await self._database[self._name].index_information()
        return all(index.document["name"] in declared for index in self._indexes)

    async def _request_indexes(self, timeout_seconds: float | None) -> None:
        async with mongo_operation(timeout_seconds):
            await self._database[self._name].create_indexes(self._indexes)
