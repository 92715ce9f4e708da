"""The outermost layer: correlation id, added headers, the last resort for errors, access log and metrics."""

import asyncio
import re
from dataclasses import dataclass
from itertools import count
from secrets import token_hex
from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.errors import answer
from chassis.http.problems import RETRY_AFTER, problem
from chassis.http.request_log import RequestLog
from chassis.http.request_state import SCOPE_KEY, RequestState
from chassis.runtime.telemetry import Telemetry

_CORRELATION_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_LARGEST_HEAD = 64 * 1024
_PROCESS = token_hex(8)
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class RequestMiddleware:
    """Middleware around everything but CORS. `/jobs/` is `/jobs`, and every GET answers HEAD too."""

    app: ASGIApp
    telemetry: Telemetry
    log: RequestLog

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin and end an state."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        state, size = _begin(scope)
        scope[SCOPE_KEY] = state
        structlog.contextvars.bind_contextvars(correlation_id=state.correlation_id)
        if scope["path"].endswith("/"):
            scope["path"] = scope["path"].rstrip("/") or "/"
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
        elif size > _LARGEST_HEAD:
            await problem(431)(scope, receive, send)
        else:
            await self._answer(scope, receive, send, state)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, state: RequestState) -> None:
        started = perf_counter()
        reply = _Reply(send, state)
        if state.head:
            scope = {**scope, "method": "GET"}  # a copy: the server looks at its own, and sends no body
        try:
            await self.app(scope, receive, reply)
        except asyncio.CancelledError:
            # The process ends and could not wait any longer.
            if not reply.status:
                await problem(503, headers=RETRY_AFTER)(scope, receive, reply)
            raise
        except Exception as error:  # noqa: BLE001  (nothing may reach the client but an answer of ours)
            refusal = answer(error)
            if not reply.status:
                await refusal(scope, receive, reply)
        finally:
            self._record(scope, state, reply.status, perf_counter() - started)

    def _record(self, scope: Scope, state: RequestState, status: int, seconds: float) -> None:
        route: str = getattr(scope.get("route"), "path", "unmatched")
        self.telemetry.count_request(scope["method"], route, status, seconds)
        self.log(state.correlation_id, scope["method"], route, status, seconds)


@dataclass(slots=True)
class _Reply:
    """A `send` that adds the state's headers and remembers the status."""

    send: Send
    state: RequestState
    status: int = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = (b"x-request-id", self.state.correlation_id.encode())
            message["headers"] = [*message["headers"], *self.state.headers, own]
        await self.send(message)


def _begin(scope: Scope) -> tuple[RequestState, int]:
    """Return the state, and how many bytes the request's headers are."""
    state = RequestState(f"{_PROCESS}{next(_numbers):016x}", head=scope.get("method") == "HEAD")
    size, crosses_origins = 0, False
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name == b"x-request-id" and _CORRELATION_ID.fullmatch(value):
            state.correlation_id = value.decode()
        elif name == b"origin":
            crosses_origins = True
    if not crosses_origins:
        # With an origin, CORS says it: caches must not give the one's answer to the other.
        state.headers.append((b"vary", b"Origin"))
    return state, size
