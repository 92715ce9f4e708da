"""The outermost layer: correlation id, added headers, the last resort for errors, access log and metrics."""

import re
from dataclasses import dataclass
from time import perf_counter
from uuid import uuid4

import structlog
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.errors import answer
from chassis.http.exchange import SCOPE_KEY, Exchange
from chassis.http.problems import problem
from chassis.telemetry import Telemetry

_CORRELATION_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_LARGEST_HEAD = 64 * 1024
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Edge:
    """Middleware around everything but CORS. `/jobs/` is `/jobs`, and every GET answers HEAD too."""

    app: ASGIApp
    telemetry: Telemetry
    access_log: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin and end an exchange."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        exchange = scope[SCOPE_KEY] = Exchange(_correlation_id(scope), head=scope.get("method") == "HEAD")
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation_id=exchange.correlation_id)
        if len(scope["path"]) > 1 and scope["path"].endswith("/"):
            scope["path"] = scope["path"].rstrip("/") or "/"
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
        else:
            await self._answer(scope, receive, send, exchange)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        started = perf_counter()
        reply = _Reply(send, exchange)
        if exchange.head:
            scope = {**scope, "method": "GET"}
        try:
            await self._run(scope, receive, reply)
        finally:
            self._record(scope, reply.status, perf_counter() - started)

    async def _run(self, scope: Scope, receive: Receive, reply: "_Reply") -> None:
        if sum(len(name) + len(value) for name, value in scope["headers"]) > _LARGEST_HEAD:
            await problem(431)(scope, receive, reply)
            return
        try:
            await self.app(scope, receive, reply)
        except Exception as error:  # noqa: BLE001  (nothing may reach the client but an answer of ours)
            refusal = answer(HTTPConnection(scope), error)
            if not reply.status:
                await refusal(scope, receive, reply)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        # The template, never the path: names in paths are personal data.
        route: str = getattr(scope.get("route"), "path", "unmatched")
        self.telemetry.count_request(scope["method"], route, status, seconds)
        if self.access_log:
            _log.info(
                "request_handled",
                method=scope["method"],
                route=route,
                status=status,
                milliseconds=round(seconds * 1000, 1),
            )


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
        elif self.exchange.head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self.send(message)


def _correlation_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _CORRELATION_ID.fullmatch(value):
            return value.decode()
    return uuid4().hex
