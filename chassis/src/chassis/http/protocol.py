"""uvicorn's HTTP protocol with limits on what an unfinished request costs, and a shutdown that loses no request."""

import asyncio
from http import HTTPStatus
from typing import Any

import orjson
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from chassis.http.connections import Connections, Refusal
from chassis.http.messages import STATUS_DETAILS
from chassis.http.request_progress import Phase, RequestProgress

_MAX_HEAD_BYTES = 64 * 1024
_LAST_REQUEST_SECONDS = 1.0
_STATUSES = {
    Refusal.HEAD_TOO_LARGE: 431,
    Refusal.MALFORMED: 400,
    Refusal.HEAD_TIMEOUT: 408,
    Refusal.BODY_TIMEOUT: 408,
    Refusal.REPLACED: 503,
    Refusal.TOO_MANY: 503,
}


class BoundedHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol has no such limits, and answers malformed requests in plain text instead of JSON.

    The answers are in Russian: the request's headers are not known here. `open_connections` is the server's.
    """

    open_connections = Connections(max_connections=2**31)
    _is_last = False
    _overhead_bytes = 0
    _has_progressed = False

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._progress = RequestProgress(self.loop.time())

    @property
    def peer(self) -> str | None:
        """The address of the other end."""
        return self.client[0] if self.client else None

    def replaceable_since(self) -> tuple[bool, float] | None:
        """How readily a new connection may replace this one; None while it is answered, or closing."""
        if self.transport.is_closing() or (self._progress.is_waiting and self._is_answering) or self.flow.read_paused:
            return None
        return self._progress.replaceable_since(self.loop.time())

    @property
    def _is_answering(self) -> bool:
        return bool(self.cycle) and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Keep the limits on open connections."""
        super().connection_made(transport)
        self.open_connections.add(self, len(self.connections))

    def connection_lost(self, exc: Exception | None) -> None:
        """Free the connection's place."""
        self.open_connections.discard(self)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin the head of a request."""
        self._enter(Phase.HEAD)
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Drop trailers: nothing needs them, and they are not headers (RFC 9110, section 6.5.1)."""
        if not self._progress.is_arriving:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin the body, which may be empty."""
        self._enter(Phase.BODY)
        super().on_headers_complete()
        if self._is_last and self.cycle:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Count the bytes of a body."""
        self._has_progressed = True
        self._progress.body_arrived(len(body), self.loop.time())
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request; an answer may be under way, or be complete."""
        self._enter(Phase.COMPLETE if self._is_answering else Phase.IDLE)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Await another request, or the rest of the body."""
        if self._progress.phase is Phase.BODY:
            self._enter(Phase.ANSWERED_BODY)
        elif self._progress.phase is Phase.COMPLETE:
            self._enter(Phase.IDLE)
        super().on_response_complete()

    def data_received(self, data: bytes) -> None:
        """Answer 431 to a head, trailers or framing of a body that are too large."""
        self._has_progressed = False
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._progress.phase is Phase.HEAD or not self._has_progressed:
            self._overhead_bytes += len(data)
        else:
            self._overhead_bytes = 0
        if self._overhead_bytes > _MAX_HEAD_BYTES:
            self.refuse(Refusal.HEAD_TOO_LARGE)

    def end_overdue(self, now: float) -> None:
        """Close the connection when its request does not progress; not while it can't, because the server pauses it."""
        if self.transport.is_closing():
            return
        progress = self._progress
        if progress.is_waiting and self._is_answering:
            progress.since = now  # a pipelined request
        elif progress.phase is Phase.BODY and (self.flow.read_paused or self.cycle.waiting_for_100_continue):
            progress.since = now
        elif progress.is_overdue(now, self.timeout_keep_alive):
            self._end_overdue(progress.phase)

    def _end_overdue(self, phase: Phase) -> None:
        if phase in (Phase.HEAD, Phase.BODY):
            self.refuse(Refusal.HEAD_TIMEOUT if phase is Phase.HEAD else Refusal.BODY_TIMEOUT)
        else:
            self.transport.close()

    def shutdown(self) -> None:
        """Close the connection after the request under way, or at once when it is idle.

        A connection that was just opened, or that has sent a part of a request's head, may bring this one request: its
        client would otherwise see a closed connection, and could not know whether a repeated POST is safe.
        """
        if self._is_beginning:
            self._is_last = True
            self.loop.call_later(_LAST_REQUEST_SECONDS, self._close_without_request)
        else:
            super().shutdown()

    @property
    def _is_beginning(self) -> bool:
        return self._progress.phase in (Phase.NEW, Phase.HEAD)

    def handle_websocket_upgrade(self) -> None:
        """Refuse a WebSocket during the shutdown: it would have to be closed at once."""
        if self._is_last:
            self._refuse(503)
        else:
            self.open_connections.discard(self)
            super().handle_websocket_upgrade()

    def _close_without_request(self) -> None:
        if self._is_beginning:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answer a malformed request with a JSON error."""
        self.refuse(Refusal.MALFORMED)

    def refuse(self, refusal: Refusal) -> None:
        """Close the connection, with an error unless nothing was asked or the answer has begun."""
        self.open_connections.count(refusal)
        if self._progress.phase is Phase.IDLE or (self._is_answering and self.cycle.response_started):
            self.transport.close()
        else:
            self._refuse(_STATUSES[refusal])

    def _refuse(self, status: int) -> None:
        body = orjson.dumps({"detail": STATUS_DETAILS[status].ru})
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
        self.transport.write(f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        self.transport.close()

    def _enter(self, phase: Phase) -> None:
        self._overhead_bytes, self._has_progressed = 0, True
        self._progress.enter(phase, self.loop.time())


def bounded_protocol(connections: Connections) -> type[BoundedHttpProtocol]:
    """Return the protocol of a server that has these limits."""

    class Protocol(BoundedHttpProtocol):
        open_connections = connections

    return Protocol
