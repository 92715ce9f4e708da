"""Bytes sent to a server, and what it answers until it closes the connection or is silent."""

import re
import socket

from tests.security.raw_http import connected

_SILENCE_SECONDS = 0.1
"""Unfinished requests are answered later, or never; what a slow machine answers after this is in the log."""
_STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r]*\r\n")


def exchange(url: str, sent: bytes) -> bytes:
    """Send bytes on a new connection; return what is received."""
    with connected(url) as connection:
        return converse(connection, sent)


def converse(connection: socket.socket, sent: bytes) -> bytes:
    """Send bytes on a connection; return what is received."""
    received = b""
    try:
        connection.sendall(sent)
        connection.settimeout(_SILENCE_SECONDS)
        while data := connection.recv(65536):
            received += data
    except (TimeoutError, ConnectionResetError, BrokenPipeError):
        pass
    return received


def statuses(received: bytes) -> list[int]:
    """Return the status of each answer."""
    return [int(status) for status in _STATUS_LINE.findall(received)]


def has_failed(received: bytes) -> bool:
    """Return whether an answer says that the server failed, or shows how it works."""
    return 500 in statuses(received) or b"Traceback" in received or b'File "' in received
