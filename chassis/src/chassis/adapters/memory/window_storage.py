"""Counts of rate limits in the memory of one process."""

from collections import OrderedDict

from limits.aio.storage import Storage

from chassis.ports.clock import Clock


class WindowStorage(Storage):
    """Counts of the present windows.

    Every request costs the same however many callers there are; the library's own memory storage visits all of them
    (0.9 ms a request with 10,000 callers). All windows must be equally long: then the oldest is the first to end.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._windows: OrderedDict[str, tuple[int, float]] = OrderedDict()

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return what the storage may raise."""
        return ValueError

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more in the window of `key`, which begins now when there is none."""
        now = self._forget()
        count, ends = self._windows.get(key) or (0, now + expiry)
        self._windows[key] = count + amount, ends
        return count + amount

    async def get(self, key: str) -> int:
        """Return the count."""
        self._forget()
        return self._windows.get(key, (0, 0.0))[0]

    async def get_expiry(self, key: str) -> float:
        """Return when the window ends, as Unix time."""
        return self._windows.get(key, (0, self._clock.now().timestamp()))[1]

    async def check(self) -> bool:
        """Return whether counting works."""
        return True

    async def reset(self) -> int | None:
        """Forget everything."""
        count = len(self._windows)
        self._windows.clear()
        return count

    async def clear(self, key: str) -> None:
        """Forget one window."""
        self._windows.pop(key, None)

    def _forget(self) -> float:
        now = self._clock.now().timestamp()
        while self._windows and self._windows[oldest := next(iter(self._windows))][1] <= now:
            del self._windows[oldest]
        return now
