"""Requests that are begun and not finished."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager

from tests.security.raw_http import connected, head

BODY = "a part of a body"
KINDS = {
    "nothing": b"",
    "a part of a head": b"GET /health HTTP/1.1\r\nHost: x\r\nX-A: ",
    BODY: head("POST", "/auth/login", "Content-Type: application/json", "Content-Length: 100") + b"{",
    "a form without a file": head(
        "POST", "/jobs", "Content-Type: multipart/form-data; boundary=x", "Content-Length: 1000000"
    ),
}


@contextmanager
def unfinished(url: str, sent: bytes, count: int) -> Generator[None]:
    """Hold so many connections open, on each of which only this was sent."""
    with ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(connected(url))
            connection.sendall(sent)
        yield
