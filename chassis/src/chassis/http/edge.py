"""The outermost layer: correlation id, added headers, the last resort for errors, access log and metrics."""

import asyncio
import re
from dataclasses import dataclass
from itertools import count
from secrets import token_hex
from time import perf_counter

import structlog
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.errors import answer
from chassis.http.exchange import SCOPE_KEY, Exchange
from chassis.http.problems import RETRY_AFTER, problem
from chassis.http.request_log import RequestLog
from chassis.runtime.telemetry import Telemetry

_CORRELATION_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_LARGEST_HEAD = 64 * 1024
_PROCESS = token_hex(8)
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Edge:
    """Middleware around everything but CORS. `/jobs/` is `/jobs`, and every GET answers HEAD too."""

    app: ASGIApp
    telemetry: Telemetry
    log: RequestLog

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin and end an exchange."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        exchange, size = _begin(scope)
        scope[SCOPE_KEY] = exchange
        structlog.contextvars.bind_contextvars(correlation_id=exchange.correlation_id)
        if scope["path"].endswith("/"):
            scope["path"] = scope["path"].rstrip("/") or "/"
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
        elif size > _LARGEST_HEAD:
            await problem(431)(scope, receive, send)
        else:
            await self._answer(scope, receive, send, exchange)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        started = perf_counter()
        reply = _Reply(send, exchange)
        if exchange.head:
            scope = {**scope, "method": "GET"}  # a copy: the server looks at its own, and sends no body
        try:
            await self.app(scope, receive, reply)
        except asyncio.CancelledError:
            # The process ends and could not wait any longer.
            if not reply.status:
                await problem(503, headers=RETRY_AFTER)(scope, receive, reply)
            raise
        except Exception as error:  # noqa: BLE001  (nothing may reach the client but an answer of ours)
            refusal = answer(HTTPConnection(scope), error)
            if not reply.status:
                await refusal(scope, receive, reply)
        finally:
            self._record(scope, exchange, reply.status, perf_counter() - started)

    def _record(self, scope: Scope, exchange: Exchange, status: int, seconds: float) -> None:
        route: str = getattr(scope.get("route"), "path", "unmatched")
        self.telemetry.count_request(scope["method"], route, status, seconds)
        self.log(exchange.correlation_id, scope["method"], route, status, seconds)


@dataclass(slots=True)
class _Reply:
    """A `send` that adds the exchange's headers and remembers the status."""

    send: Send
    exchange: Exchange
    status: int = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = (b"x-request-id", self.exchange.correlation_id.encode())
            message["headers"] = [*message["headers"], *self.exchange.headers, own]
        await self.send(message)


def _begin(scope: Scope) -> tuple[Exchange, int]:
    """Return the exchange, and how many bytes the request's headers are."""
    exchange = Exchange(f"{_PROCESS}{next(_numbers):016x}", head=scope.get("method") == "HEAD")
    size, crosses_origins = 0, False
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name == b"x-request-id" and _CORRELATION_ID.fullmatch(value):
            exchange.correlation_id = value.decode()
        elif name == b"origin":
            crosses_origins = True
    if not crosses_origins:
        # With an origin, CORS says it: caches must not give the one's answer to the other.
        exchange.headers.append((b"vary", b"Origin"))
    return exchange, size
