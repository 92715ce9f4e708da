"""Requests as bytes on a socket, as no HTTP client would send them."""

import socket
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 60.0


@contextmanager
def connected(url: str) -> Generator[socket.socket]:
    """Yield a connection to the server at `url`."""
    address = urlsplit(url)
    assert address.hostname is not None
    with socket.create_connection((address.hostname, address.port), timeout=TIMEOUT_SECONDS) as connection:
        yield connection


def head(method: str, path: str, *headers: str) -> bytes:
    """Return the head of a request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode()


def send_until_closed(connection: socket.socket, piece: bytes, times: int) -> bool:
    """Send `piece` so many times; return False when the server closes the connection before that."""
    try:
        for _ in range(times):
            connection.sendall(piece)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


def status_of(connection: socket.socket) -> int | None:
    """Read the status of the answer; None when the connection was reset before it could be read."""
    received = b""
    try:
        while b"\r\n" not in received:
            data = connection.recv(4096)
            if not data:
                break
            received += data
    except ConnectionResetError:
        return None
    return int(received.split(b" ", 2)[1]) if received else None
