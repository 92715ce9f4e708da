"""Rate limit counters in a shared store, or in the process while that is away or slow."""

import asyncio
from collections.abc import Awaitable

import structlog
from limits.aio.storage import Storage

from chassis.adapters.memory.window_storage import WindowStorage
from chassis.ports.event_store import StoreUnavailable

_log = structlog.get_logger()


class FallbackStorage(Storage):
    """Counts in `shared`. While that fails, or takes longer than `TIMEOUT_SECONDS`, counts in the process instead.

    So limits hold for each process then, where they hold for all replicas otherwise. After a failure, one call per
    `RETRY_SECONDS` tries the shared store again; others don't wait for it.
    """

    STORAGE_SCHEME = None
    TIMEOUT_SECONDS = 0.25
    RETRY_SECONDS = 5.0

    def __init__(self, shared: Storage, local: WindowStorage) -> None:
        super().__init__()
        self._shared, self._local = shared, local
        self._is_local = False
        self._retry_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return the errors that the storage raises."""
        return ValueError

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add `amount` to the counter of `key` and return it; a window begins now if none is open."""
        count = await self._answer(self._shared.incr(key, expiry, amount)) if self._asks_shared() else None
        return await self._local.incr(key, expiry, amount) if count is None else count

    async def get(self, key: str) -> int:
        """Return the counter of `key`."""
        count = await self._answer(self._shared.get(key)) if self._asks_shared() else None
        return await self._local.get(key) if count is None else count

    async def get_expiry(self, key: str) -> float:
        """Return the end of the window of the last `incr`, as Unix time; to be called right after it."""
        return await (self._local if self._is_local else self._shared).get_expiry(key)

    async def check(self) -> bool:
        """Return True: one of the two counts."""
        return True

    async def reset(self) -> int | None:
        """Delete all counters; return how many there were. Raises `StoreUnavailable`."""
        await self._local.reset()
        return await self._shared.reset()

    async def clear(self, key: str) -> None:
        """Delete one counter. Raises `StoreUnavailable`."""
        await self._local.clear(key)
        await self._shared.clear(key)

    def _asks_shared(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self._is_local and now < self._retry_at:
            return False
        self._retry_at = now + self.RETRY_SECONDS
        return True

    async def _answer(self, asking: Awaitable[int]) -> int | None:
        """Return the shared store's answer; None when there is none in time."""
        try:
            async with asyncio.timeout(self.TIMEOUT_SECONDS):
                count = await asking
        except (StoreUnavailable, TimeoutError) as problem:
            self._failed(problem)
            return None
        self._is_local = False
        return count

    def _failed(self, problem: Exception) -> None:
        if not self._is_local:
            _log.warning("rate_limits_counted_in_process", reason=str(problem) or "no answer in time")
        self._is_local = True
        self._retry_at = asyncio.get_running_loop().time() + self.RETRY_SECONDS
