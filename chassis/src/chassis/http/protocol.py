"""The HTTP protocol of the server, with a bound on what it holds before a request has a meaning."""

from http import HTTPStatus

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chassis.http.problems import DETAILS

_LARGEST_HEAD = 64 * 1024


class BoundedHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which by itself collects headers without end, and answers nonsense in plain text."""

    _head = 0
    _in_head = True

    def on_message_begin(self) -> None:
        """Begin to count a request's head."""
        self._head, self._in_head = 0, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop counting."""
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Refuse a head that does not end."""
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        self._head += len(data)
        if self._head > _LARGEST_HEAD:
            self._refuse(431)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP in the contract's form."""
        self._refuse(400)

    def _refuse(self, status: int) -> None:
        body = orjson.dumps({"detail": DETAILS[status]})
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
        self.transport.write(f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        self.transport.close()
