"""Counts of rate limits in a MongoDB database, shared by all who use it."""

from collections import OrderedDict

from limits.aio.storage import Storage
from pymongo import IndexModel, ReturnDocument, WriteConcern

from chassis.adapters.mongo.database import MongoDatabase, Record, reaching
from chassis.adapters.mongo.preparation import Preparation
from chassis.ports.event_store import StoreUnavailable

_NAME = "rate-limits"
_PATIENCE_SECONDS = 2.0
_REMEMBERED = 10_000


class MongoWindowStorage(Storage):
    """Counts of the present windows: one round trip a request, by the server's clock. Raises `StoreUnavailable`.

    The library's own storage opens a client of its own, goes by each replica's clock and asks a second time for the
    window's end; here the end comes with the count. Counts are not worth a sync: a failover may forget some.
    """

    STORAGE_SCHEME = None

    def __init__(self, database: MongoDatabase) -> None:
        super().__init__()
        self._windows = database.get_collection(_NAME, write_concern=WriteConcern(w=1))
        self._preparation = Preparation(database, _NAME, [IndexModel("expires", expireAfterSeconds=0)])
        self._ends: OrderedDict[str, float] = OrderedDict()

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return what the storage may raise."""
        return StoreUnavailable

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more in the window of `key`, which begins now when there is none."""
        await self._preparation.for_writing()
        with reaching(_PATIENCE_SECONDS):
            # A server may count and yet return nothing when another one's insert came first: ask what there is.
            window = await self._count(key, expiry, amount) or await self._count(key, 0, 0)
        self._remember(key, window["ends"] / 1000)
        return window["count"]

    async def get(self, key: str) -> int:
        """Return the count; a window that is over is counted out."""
        with reaching(_PATIENCE_SECONDS):
            return (await self._count(key, 0, 0))["count"]

    async def get_expiry(self, key: str) -> float:
        """Return when the window ends that was counted in last, as Unix time."""
        return self._ends[key]

    async def check(self) -> bool:
        """Return whether counting works."""
        await self.get("")
        return True

    async def reset(self) -> int | None:
        """Forget everything."""
        with reaching():
            return (await self._windows.delete_many({})).deleted_count

    async def clear(self, key: str) -> None:
        """Forget one window."""
        with reaching(_PATIENCE_SECONDS):
            await self._windows.delete_one({"_id": key})

    async def _count(self, key: str, expiry: int, amount: int) -> Record:
        return await self._windows.find_one_and_update(
            {"_id": key}, _counted(expiry, amount), upsert=True, return_document=ReturnDocument.AFTER
        )

    def _remember(self, key: str, ends: float) -> None:
        self._ends[key] = ends
        self._ends.move_to_end(key)
        if len(self._ends) > _REMEMBERED:
            self._ends.popitem(last=False)


def _counted(expiry: int, amount: int) -> list[Record]:
    """Return the change that counts. `ends` is in ms; `expires` is the same as a date, by which the server tidies."""
    now = {"$toLong": "$$NOW"}
    goes_on = {"$gt": ["$ends", now]}
    counted = {"$cond": [goes_on, {"$add": ["$count", amount]}, amount]}
    ends = {"$cond": [goes_on, "$ends", {"$add": [now, expiry * 1000]}]}
    return [{"$set": {"count": counted, "ends": ends}}, {"$set": {"expires": {"$toDate": "$ends"}}}]
