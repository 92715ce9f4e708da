"""How many requests a minute one caller may send."""

import asyncio
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from math import ceil

import structlog
from limits import RateLimitItem
from limits.aio.storage import Storage
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.http.body_limit import is_upload
from chassis.http.problems import problem
from chassis.http.request_state import SCOPE_KEY, RequestState
from chassis.ports.clock import Clock
from chassis.ports.event_store import StoreUnavailable

NOT_LIMITED = ("/health", "/live", "/ready", "/metrics", "/docs", "/redoc", "/openapi.json", "/static-offline-docs")
_PATIENCE_SECONDS = 0.25
_REST_SECONDS = 5.0
_log = structlog.get_logger()


def caller_name(connection: HTTPConnection) -> str:
    """Return whom a limit counts: the user, or the address of an anonymous caller (IPv6: its /64 network)."""
    return _caller_name(connection.scope)


@dataclass(frozen=True)
class Window:
    """How many requests one caller has sent in the present window, and when it ends, as Unix time."""

    count: int
    ends: float


@dataclass
class Counting:
    """Counts requests as long as the storage can be asked.

    One that is away must neither refuse requests nor slow them down: it has `_PATIENCE_SECONDS` to answer, and after a
    failure one request in `_REST_SECONDS` asks it again.
    """

    storage: Storage
    _away: bool = False
    _rest_ends: float = 0.0

    async def count(self, key: str, expiry: int) -> Window | None:
        """Count one more request in the window of `key`. None: it can't be counted now."""
        now = asyncio.get_running_loop().time()
        if self._away:
            if now < self._rest_ends:
                return None
            self._rest_ends = now + _REST_SECONDS
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                window = Window(await self.storage.incr(key, expiry), await self.storage.get_expiry(key))
        except (StoreUnavailable, TimeoutError) as problem:
            self._failed(problem)
            return None
        self._away = False
        return window

    def _failed(self, problem: Exception) -> None:
        if not self._away:
            _log.warning("rate_limits_suspended", reason=str(problem) or "no answer in time")
        self._away = True
        self._rest_ends = asyncio.get_running_loop().time() + _REST_SECONDS


@dataclass
class RateLimits:
    """Middleware that counts uploads and other requests apart, tells how many are left, and answers 429.

    Windows are fixed: the first request of a caller begins one. What can't be counted is let through.
    """

    app: ASGIApp
    counting: Counting
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
        window = await self.counting.count(key, limit.get_expiry())
        if window is None:
            await self.app(scope, receive, send)
            return
        state: RequestState = scope[SCOPE_KEY]
        state.headers += [
            (b"x-ratelimit-limit", b"%d" % limit.amount),
            (b"x-ratelimit-remaining", b"%d" % max(0, limit.amount - window.count)),
            (b"x-ratelimit-reset", b"%d" % ceil(window.ends)),
        ]
        if window.count > limit.amount:
            wait = min(limit.get_expiry(), max(1, ceil(window.ends - self.clock.now().timestamp())))
            await problem(429, headers={"Retry-After": str(wait)})(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _caller_name(scope: Scope) -> str:
    state: RequestState = scope[SCOPE_KEY]
    if state.caller is not None:
        return f"user:{state.caller.user_id}"
    client: tuple[str, int] | None = scope.get("client")
    return f"address:{_network(client[0])}" if client else "address:unknown"


def _network(host: str) -> str:
    if ":" not in host:
        return host
    address = ip_address(host.partition("%")[0])
    return str(ip_network((address, 64), strict=False).network_address)
