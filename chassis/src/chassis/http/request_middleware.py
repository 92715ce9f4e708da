"""The middleware for every request: correlation id, response headers, unexpected errors, request log and metrics."""

import asyncio
import re
from dataclasses import dataclass, field
from itertools import count
from secrets import token_hex
from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.errors import answer
from chassis.http.problems import RETRY_AFTER, problem
from chassis.http.request_log import RequestLog
from chassis.http.request_state import SCOPE_KEY, RequestState
from chassis.http.request_tracing import UNMATCHED, RequestTracing
from chassis.http.response_headers import completed
from chassis.http.security_records import SecurityRecords
from chassis.runtime.telemetry import Telemetry
from chassis.security_log.security_log import SecurityLog

_CORRELATION_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_REFUSALS = {401, 403}
_MAX_HEAD_BYTES = 64 * 1024
_HANDSHAKE_ANSWERS = ("websocket.accept", "websocket.http.response.start")
_PROCESS = token_hex(8)
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class RequestMiddleware:
    """Middleware around everything but CORS. `/jobs/` is the same as `/jobs`; every GET route answers HEAD too."""

    app: ASGIApp
    telemetry: Telemetry
    log: RequestLog
    security_log: SecurityLog
    tracing: RequestTracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Create the request's state, and answer the request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        state, refusal, traceparent = _new_state(scope)
        scope[SCOPE_KEY] = state
        structlog.contextvars.bind_contextvars(correlation_id=state.correlation_id)
        state.span = self.tracing.begin(scope, traceparent)
        if scope["path"].endswith("/"):
            scope["path"] = scope["path"].rstrip("/") or "/"
        if scope["type"] == "websocket":
            await self.app(scope, receive, _RecordingHandshake(self, scope, state, send))
        else:
            await self._answer(problem(refusal) if refusal else self.app, scope, receive, send, state)

    async def _answer(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, state: RequestState) -> None:
        started = perf_counter()
        if state.head:
            scope = {**scope, "method": "GET"}  # a copy: the server keeps the original, and so sends no body
        send_recorded = _RecordingSend(send, state, scope["method"])
        try:
            await app(scope, receive, send_recorded)
        except asyncio.CancelledError:
            # The process is shutting down, and its grace period is over.
            if not send_recorded.status:
                await problem(503, headers=RETRY_AFTER)(scope, receive, send_recorded)
            raise
        except Exception as error:  # noqa: BLE001  (the client gets a JSON error for every exception)
            error_response = answer(error)
            if not send_recorded.status:
                await error_response(scope, receive, send_recorded)
        finally:
            self.record(scope, state, send_recorded.status, perf_counter() - started)

    def record(self, scope: Scope, state: RequestState, status: int, seconds: float) -> None:
        """Count and log a request, or the handshake of a WebSocket. A refusal is recorded in the security log too."""
        route: str = getattr(scope.get("route"), "path", UNMATCHED)
        method = scope.get("method", "GET")
        traceparent = self.tracing.end(state.span, scope, route, status)
        self.telemetry.count_request(method, route, status, seconds)
        self.log(state.correlation_id, method, route, status, seconds, traceparent)
        if status in _REFUSALS and not state.security_recorded:
            SecurityRecords(self.security_log, scope).record("refused", f"{method} {route}", reason=str(status))


@dataclass(slots=True)
class _RecordingSend:
    """A `send` that adds the state's headers and records the status."""

    send: Send
    state: RequestState
    method: str
    status: int = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = (b"x-request-id", self.state.correlation_id.encode())
            message["headers"] = completed([*message["headers"], *self.state.headers, own], self.method)
        await self.send(message)


@dataclass(slots=True)
class _RecordingHandshake:
    """A `send` of a WebSocket that records its handshake as a request: status 101, or that of the refusal."""

    middleware: RequestMiddleware
    scope: Scope
    state: RequestState
    send: Send
    started: float = field(default_factory=perf_counter)

    async def __call__(self, message: Message) -> None:
        if message["type"] in _HANDSHAKE_ANSWERS:
            status: int = message.get("status", 101)
            self.middleware.record(self.scope, self.state, status, perf_counter() - self.started)
        await self.send(message)


def _new_state(scope: Scope) -> tuple[RequestState, int, str]:
    """Return the state, the status of the refusal when the headers are not acceptable, else 0, and the traceparent.

    Two Content-Type headers are malformed (RFC 9110, section 5.3), and each reader would believe another one.
    """
    state = RequestState(f"{_PROCESS}{next(_numbers):016x}", head=scope.get("method") == "HEAD")
    size, content_types, has_origin, traceparent = 0, 0, False, ""
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name == b"x-request-id" and _CORRELATION_ID.fullmatch(value):
            state.correlation_id = value.decode()
        elif name == b"traceparent":
            traceparent = value.decode("latin-1")
        elif name == b"origin":
            has_origin = True
        elif name == b"content-type":
            content_types += 1
    if not has_origin:
        # CORS adds it to requests with an Origin: a cache must not serve one origin's response to another.
        state.headers.append((b"vary", b"Origin"))
    return state, 431 if size > _MAX_HEAD_BYTES else 400 if content_types > 1 else 0, traceparent
