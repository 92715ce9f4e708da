"""uvicorn's HTTP protocol with a limit on the size of a request's headers, and a shutdown that loses no request."""

from http import HTTPStatus

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chassis.http.messages import STATUS_DETAILS

_MAX_HEAD_BYTES = 64 * 1024
_LAST_REQUEST_SECONDS = 1.0


class BoundedHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol has no such limit, and answers malformed requests in plain text instead of JSON.

    The answers are in Russian: the request's headers are not known here.
    """

    _head_bytes = 0
    _in_head = True
    _is_last = False

    def on_message_begin(self) -> None:
        """Start counting the bytes of a request's head."""
        self._head_bytes, self._in_head = 0, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop counting."""
        self._in_head = False
        super().on_headers_complete()
        if self._is_last and self.cycle:
            self.cycle.keep_alive = False

    def data_received(self, data: bytes) -> None:
        """Answer 431 to a head that is too large."""
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        self._head_bytes += len(data)
        if self._head_bytes > _MAX_HEAD_BYTES:
            self._refuse(431)

    def shutdown(self) -> None:
        """Close the connection after the request under way, or at once when it is idle.

        A connection that was just opened, or that has sent a part of a request's head, may bring this one request: its
        client would otherwise see a closed connection, and could not know whether a repeated POST is safe.
        """
        if self._in_head:
            self._is_last = True
            self.loop.call_later(_LAST_REQUEST_SECONDS, self._close_without_request)
        else:
            super().shutdown()

    def handle_websocket_upgrade(self) -> None:
        """Refuse a WebSocket during the shutdown: it would have to be closed at once."""
        if self._is_last:
            self._refuse(503)
        else:
            super().handle_websocket_upgrade()

    def _close_without_request(self) -> None:
        if self._in_head:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answer a malformed request with a JSON error."""
        self._refuse(400)

    def _refuse(self, status: int) -> None:
        body = orjson.dumps({"detail": STATUS_DETAILS[status].ru})
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
        self.transport.write(f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        self.transport.close()
