"""Rate limit counters in MongoDB, shared by all replicas."""

from collections import OrderedDict

from limits.aio.storage import Storage
from pymongo import IndexModel, ReturnDocument, WriteConcern

from chassis.adapters.mongo.collection_setup import CollectionSetup
from chassis.adapters.mongo.database import MongoDatabase, Record
from chassis.adapters.mongo.operation import mongo_operation
from chassis.ports.event_store import StoreUnavailable

_NAME = "rate-limits"
_TIMEOUT_SECONDS = 2.0
_MAX_CACHED_ENDS = 10_000
_CONCURRENCY_MS = 5_000
"""Commands run in another order than they began, which is what `$$NOW` is: a window may begin a little after it."""


class MongoWindowStorage(Storage):
    """Fixed-window counters: one round trip per request, by the server's clock. Raises `StoreUnavailable`.

    The library's own storage opens a second client, uses each replica's clock and sends a second query for the end of
    the window; here the end comes with the count. Write concern is 1: a failover may lose counts. A window that begins
    seconds in the future is over: the clock was set back, or a new primary's clock is behind.
    """

    STORAGE_SCHEME = None

    def __init__(self, database: MongoDatabase) -> None:
        super().__init__()
        self._windows = database.get_collection(_NAME, write_concern=WriteConcern(w=1))
        self._setup = CollectionSetup(database, _NAME, [IndexModel("expires", expireAfterSeconds=0)])
        self._ends: OrderedDict[str, float] = OrderedDict()

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return the errors that the storage raises."""
        return StoreUnavailable

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add `amount` to the counter of `key` and return it; a window begins now if none is open."""
        await self._setup.ensure_collection()
        window = await self._window(key, expiry, amount)
        self._cache_end(key, window["ends"] / 1000)
        return window["count"]

    async def get(self, key: str) -> int:
        """Return the counter of `key`; 0 after its window ended."""
        return (await self._window(key, 0, 0))["count"]

    async def get_expiry(self, key: str) -> float:
        """Return the end of the window of the last `incr`, as Unix time."""
        return self._ends[key]

    async def check(self) -> bool:
        """Return True when the server answers. Raises `StoreUnavailable`."""
        await self.get("")
        return True

    async def reset(self) -> int | None:
        """Delete all counters; return how many there were."""
        async with mongo_operation():
            return (await self._windows.delete_many({})).deleted_count

    async def clear(self, key: str) -> None:
        """Delete one counter."""
        async with mongo_operation(_TIMEOUT_SECONDS):
            await self._windows.delete_one({"_id": key})

    async def _window(self, key: str, expiry: int, amount: int) -> Record:
        async with mongo_operation(_TIMEOUT_SECONDS):
            # A server may count but return nothing when a concurrent insert came first: read the counter then.
            return await self._count(key, expiry, amount) or await self._count(key, 0, 0)

    async def _count(self, key: str, expiry: int, amount: int) -> Record:
        return await self._windows.find_one_and_update(
            {"_id": key}, _counted(expiry, amount), upsert=True, return_document=ReturnDocument.AFTER
        )

    def _cache_end(self, key: str, ends: float) -> None:
        self._ends[key] = ends
        self._ends.move_to_end(key)
        if len(self._ends) > _MAX_CACHED_ENDS:
            self._ends.popitem(last=False)


def _counted(expiry: int, amount: int) -> list[Record]:
    """Return the update. `starts` and `ends` are in ms; `expires` is the end as a date, for the TTL index.

    A window without `starts` is of an earlier release, and MongoDB orders what is missing before every number.
    """
    now = {"$toLong": "$$NOW"}
    is_open = {"$and": [{"$lte": ["$starts", {"$add": [now, _CONCURRENCY_MS]}]}, {"$gt": ["$ends", now]}]}
    counted = {"$cond": [is_open, {"$add": ["$count", amount]}, amount]}
    starts = {"$cond": [is_open, "$starts", now]}
    ends = {"$cond": [is_open, "$ends", {"$add": [now, expiry * 1000]}]}
    return [{"$set": {"count": counted, "starts": starts, "ends": ends}}, {"$set": {"expires": {"$toDate": "$ends"}}}]
