"""Rate limit counters in the memory of one process."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from limits.aio.storage import Storage

from chassis.ports.clock import Clock


class WindowStorage(Storage):
    """Fixed-window counters.

    The cost of a request does not depend on the number of callers; the library's own memory storage scans all of them
    (0.9 ms a request with 10,000 callers). All windows must be equally long: then they end in the order they began.
    Windows last by a monotonic clock: one that is set back would refuse a caller for as long.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: Clock, seconds: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._clock, self._seconds = clock, seconds
        self._windows: OrderedDict[str, tuple[int, float]] = OrderedDict()

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return the errors that the storage raises."""
        return ValueError

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add `amount` to the counter of `key` and return it; a window begins now if none is open."""
        now = self._evict_expired()
        count, ends = self._windows.get(key) or (0, now + expiry)
        self._windows[key] = count + amount, ends
        return count + amount

    async def get(self, key: str) -> int:
        """Return the counter of `key`."""
        self._evict_expired()
        return self._windows.get(key, (0, 0.0))[0]

    async def get_expiry(self, key: str) -> float:
        """Return the end of the window, as Unix time."""
        now = self._seconds()
        return self._clock.now().timestamp() + self._windows.get(key, (0, now))[1] - now

    async def check(self) -> bool:
        """Return True: the memory is always available."""
        return True

    async def reset(self) -> int | None:
        """Delete all counters; return how many there were."""
        count = len(self._windows)
        self._windows.clear()
        return count

    async def clear(self, key: str) -> None:
        """Delete one counter."""
        self._windows.pop(key, None)

    def _evict_expired(self) -> float:
        now = self._seconds()
        while self._windows and self._windows[oldest := next(iter(self._windows))][1] <= now:
            del self._windows[oldest]
        return now
