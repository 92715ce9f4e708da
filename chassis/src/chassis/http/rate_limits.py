"""Rate limits: how many requests per minute one user and one address may send."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from math import ceil

from limits.aio.storage import Storage
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.http.addresses import client_of
from chassis.http.body_limit import is_upload
from chassis.http.problems import problem
from chassis.http.request_state import SCOPE_KEY, RequestState
from chassis.ports.clock import Clock

NOT_LIMITED = ("/health", "/live", "/ready", "/docs", "/redoc", "/static-offline-docs")
REPORTS = ("/metrics", "/openapi.json")
"""Public, and of some milliseconds of CPU time each: they have a limit of their own in each process."""
_WINDOW_SECONDS = 60


@dataclass(frozen=True)
class Limit:
    """A limit: `amount` per minute for each caller; `name` keeps its counters apart from others."""

    name: str
    amount: int


@dataclass(frozen=True)
class Limits:
    """Every limit. `credentials` are log-ins and registrations; an address has those of `users_per_address` users."""

    requests: Limit
    uploads: Limit
    handshakes: Limit
    reports: Limit
    credentials: Limit
    users_per_address: int

    def of_all_users(self, limit: Limit) -> Limit:
        """Return what all users of one address may send together."""
        return Limit(f"{limit.name}-of-users", limit.amount * self.users_per_address)


@dataclass(frozen=True)
class Window:
    """The requests that one caller has sent in the current fixed window of a limit, and its end as Unix time."""

    limit: Limit
    count: int
    ends: float

    @property
    def is_exceeded(self) -> bool:
        """Whether the limit refuses the last request."""
        return self.count > self.limit.amount


@dataclass
class RateLimits:
    """Middleware that answers 429 beyond a limit: of requests, uploads, handshakes, reports, or credentials.

    A user counts as the user, and then as the address, because accounts are free. `credential_paths` and reports count
    as the address alone, whatever token comes along. Refused handshakes count, too. Reports are counted for each
    process, named by `instance`, because each is scraped. The windows are fixed: a caller's first request begins one.
    `unlimited_paths` begin paths that do not count, as `NOT_LIMITED` do in every process.
    """

    app: ASGIApp
    storage: Storage
    clock: Clock
    limits: Limits
    credential_paths: Set[str]
    unlimited_paths: tuple[str, ...]
    instance: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429."""
        window = await self._count(scope)
        if window is None:
            await self.app(scope, receive, send)
            return
        state: RequestState = scope[SCOPE_KEY]
        state.headers += [
            (b"x-ratelimit-limit", b"%d" % window.limit.amount),
            (b"x-ratelimit-remaining", b"%d" % max(0, window.limit.amount - window.count)),
            (b"x-ratelimit-reset", b"%d" % ceil(window.ends)),
        ]
        if window.is_exceeded:
            wait = min(_WINDOW_SECONDS, max(1, ceil(window.ends - self.clock.now().timestamp())))
            await problem(429, headers={"Retry-After": str(wait)})(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _count(self, scope: Scope) -> Window | None:
        """Count the request; return the window that refuses it, else the caller's own. None: it is not limited."""
        own: Window | None = None
        for limit, caller in self._counters(scope):
            key = f"{limit.name}:{caller}"
            count = await self.storage.incr(key, _WINDOW_SECONDS)
            window = Window(limit, count, await self.storage.get_expiry(key))
            if window.is_exceeded:
                return window  # and what one user may not send does not count for the others of the address
            own = own or window
        return own

    def _counters(self, scope: Scope) -> Iterable[tuple[Limit, str]]:
        limit = self._limit_of(scope)
        if limit is None:
            return ()
        address = address_key(scope)
        if limit is self.limits.reports:
            return [(limit, f"{self.instance}:{address}")]
        if limit is self.limits.credentials or _user_key(scope) is None:
            return [(limit, address)]
        return [(limit, caller_key(scope)), (self.limits.of_all_users(limit), address)]

    def _limit_of(self, scope: Scope) -> Limit | None:
        if scope["type"] == "websocket":
            return self.limits.handshakes
        if scope["type"] != "http" or scope["path"].startswith(NOT_LIMITED + self.unlimited_paths):
            return None
        if scope["path"] in REPORTS:
            return self.limits.reports
        if scope["path"] in self.credential_paths:
            return self.limits.credentials
        return self.limits.requests if scope["method"] == "GET" or not is_upload(scope) else self.limits.uploads


def caller_key(scope: Scope) -> str:
    """Return the key of the caller's own counters: the user, or the address of an anonymous caller."""
    return _user_key(scope) or address_key(scope)


def address_key(scope: Scope) -> str:
    """Return the key of an address's counters (IPv6: of its /64 network)."""
    return f"address:{client_of(scope)}"


def _user_key(scope: Scope) -> str | None:
    state: RequestState = scope[SCOPE_KEY]
    return f"user:{state.caller.user_id}" if state.caller else None
