"""How many requests a minute one caller may send."""

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from math import ceil

from limits import RateLimitItem
from limits.aio.storage import Storage
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.clock import Clock
from chassis.http.exchange import SCOPE_KEY, Exchange
from chassis.http.guard import is_upload
from chassis.http.problems import problem

NOT_LIMITED = ("/health", "/live", "/ready", "/metrics", "/docs", "/redoc", "/openapi.json", "/static-offline-docs")


def caller_name(connection: HTTPConnection) -> str:
    """Return whom a limit counts: the user, or the address of an anonymous caller (IPv6: its /64 network)."""
    return _caller_name(connection.scope)


class WindowStorage(Storage):
    """Counts of the present windows, in memory.

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


@dataclass
class RateLimits:
    """Middleware that counts uploads and other requests apart, tells how many are left, and answers 429.

    Windows are fixed: the first request of a caller begins one. Any storage of the library will do.
    """

    app: ASGIApp
    storage: Storage
    clock: Clock
    requests: RateLimitItem
    uploads: RateLimitItem

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or not."""
        if scope["type"] != "http" or scope["path"].startswith(NOT_LIMITED):
            await self.app(scope, receive, send)
            return
        limit = self.requests if scope["method"] == "GET" or not is_upload(scope) else self.uploads
        key = f"{limit.namespace}:{_caller_name(scope)}"
        count = await self.storage.incr(key, limit.get_expiry())
        ends = await self.storage.get_expiry(key)
        exchange: Exchange = scope[SCOPE_KEY]
        exchange.headers += [
            (b"x-ratelimit-limit", b"%d" % limit.amount),
            (b"x-ratelimit-remaining", b"%d" % max(0, limit.amount - count)),
            (b"x-ratelimit-reset", b"%d" % ceil(ends)),
        ]
        if count > limit.amount:
            wait = max(1, ceil(ends - self.clock.now().timestamp()))
            await problem(429, headers={"Retry-After": str(wait)})(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _caller_name(scope: Scope) -> str:
    exchange: Exchange = scope[SCOPE_KEY]
    if exchange.caller is not None:
        return f"user:{exchange.caller.user_id}"
    client: tuple[str, int] | None = scope.get("client")
    return f"address:{_network(client[0])}" if client else "address:unknown"


def _network(host: str) -> str:
    if ":" not in host:
        return host
    address = ip_address(host.partition("%")[0])
    return str(ip_network((address, 64), strict=False).network_address)
