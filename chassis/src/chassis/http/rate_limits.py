"""Rate limits: how many requests per minute one caller may send."""

import asyncio
from dataclasses import dataclass
from math import ceil

import structlog
from limits import RateLimitItem
from limits.aio.storage import Storage
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.http.addresses import counted_address
from chassis.http.body_limit import is_upload
from chassis.http.problems import problem
from chassis.http.request_state import SCOPE_KEY, RequestState
from chassis.ports.clock import Clock
from chassis.ports.event_store import StoreUnavailable

NOT_LIMITED = ("/health", "/live", "/ready", "/docs", "/redoc", "/static-offline-docs")
REPORTS = ("/metrics", "/openapi.json")
"""Public, and of some milliseconds of CPU time each: they have a limit of their own in each process."""
_TIMEOUT_SECONDS = 0.25
_RETRY_SECONDS = 5.0
_log = structlog.get_logger()


@dataclass(frozen=True)
class Window:
    """The requests that one caller has sent in the current fixed window, and its end as Unix time in seconds."""

    count: int
    ends: float


@dataclass
class Counting:
    """Counts requests in the storage. Fails open: without the storage, requests are neither refused nor delayed.

    A call has `_TIMEOUT_SECONDS`; after a failure, one request per `_RETRY_SECONDS` tries the storage again.
    """

    storage: Storage
    _suspended: bool = False
    _retry_at: float = 0.0

    async def count(self, key: str, expiry: int) -> Window | None:
        """Count one more request in the window of `key`. Return None when the storage is unavailable."""
        now = asyncio.get_running_loop().time()
        if self._suspended:
            if now < self._retry_at:
                return None
            self._retry_at = now + _RETRY_SECONDS
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                window = Window(await self.storage.incr(key, expiry), await self.storage.get_expiry(key))
        except (StoreUnavailable, TimeoutError) as problem:
            self._failed(problem)
            return None
        self._suspended = False
        return window

    def _failed(self, problem: Exception) -> None:
        if not self._suspended:
            _log.warning("rate_limits_suspended", reason=str(problem) or "no answer in time")
        self._suspended = True
        self._retry_at = asyncio.get_running_loop().time() + _RETRY_SECONDS


@dataclass
class RateLimits:
    """Middleware that answers 429 beyond a limit: of requests, uploads, WebSocket handshakes, or reports.

    Refused handshakes count, too. Reports are counted for each process, named by `instance`, because each is scraped.
    The windows are fixed: a caller's first request begins one. Requests that can't be counted are passed on.
    """

    app: ASGIApp
    counting: Counting
    clock: Clock
    requests: RateLimitItem
    uploads: RateLimitItem
    handshakes: RateLimitItem
    reports: RateLimitItem
    instance: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429."""
        limit = self._limit_of(scope)
        window = await self._count(limit, scope) if limit else None
        if limit is None or window is None:
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

    def _limit_of(self, scope: Scope) -> RateLimitItem | None:
        if scope["type"] == "websocket":
            return self.handshakes
        if scope["type"] != "http" or scope["path"].startswith(NOT_LIMITED):
            return None
        if scope["path"] in REPORTS:
            return self.reports
        return self.requests if scope["method"] == "GET" or not is_upload(scope) else self.uploads

    async def _count(self, limit: RateLimitItem, scope: Scope) -> Window | None:
        process = f"{self.instance}:" if limit is self.reports else ""
        return await self.counting.count(f"{limit.namespace}:{process}{caller_key(scope)}", limit.get_expiry())


def caller_key(scope: Scope) -> str:
    """Return the key that a limit counts: the user, or an anonymous caller's address (IPv6: its /64 network)."""
    state: RequestState = scope[SCOPE_KEY]
    if state.caller is not None:
        return f"user:{state.caller.user_id}"
    client: tuple[str, int] | None = scope.get("client")
    return f"address:{counted_address(client[0])}" if client else "address:unknown"
