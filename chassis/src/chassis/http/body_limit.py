"""Middleware that limits the size of request bodies, and refuses text that can't be stored."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast

from fastapi import HTTPException, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.errors import InvalidText
from chassis.http.messages import BODY_TOO_LARGE

_SCOPE_KEY = "california_gold.body"
_INVALID_ESCAPE = re.compile(
    rb"(?<!\\)(?:\\\\)*(?:"
    rb"\\u0000"
    rb"|\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])"  # a lone surrogate, high or low
    rb"|(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f])",
    re.IGNORECASE,
)


def is_upload(scope: Scope) -> bool:
    """Whether a request says that its body is multipart: it counts as an upload, and not as a request."""
    return any(
        name == b"content-type" and value[:20].lower().startswith(b"multipart/") for name, value in scope["headers"]
    )


@dataclass(frozen=True, slots=True)
class BodyLimitMiddleware:
    """Middleware that limits every body to `max_bytes`, whatever its headers say, unless the route streams it.

    A route declares that by calling `stream`, and counts the bytes itself.
    """

    app: ASGIApp
    max_bytes: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on. Raises `InvalidText` for an address with a NUL."""
        if scope["type"] == "http":
            _refuse_nul(scope)
            receive = scope[_SCOPE_KEY] = _Body(scope, receive, self.max_bytes)
        await self.app(scope, receive, send)


async def stream(request: Request, max_bytes: int) -> AsyncIterator[bytes]:
    """Yield a body of at most `max_bytes` in chunks as they arrive. Raises HTTPException (413), `ClientDisconnect`."""
    body = cast("_Body", request.scope[_SCOPE_KEY])
    body.max_bytes, body.is_streamed = max_bytes, True
    async for chunk in request.stream():
        yield chunk


@dataclass(slots=True)
class _Body:
    """A `receive` that counts the body; unless it is streamed, the first call returns the whole of it, checked."""

    scope: Scope
    receive: Receive
    max_bytes: int
    is_streamed: bool = False
    received_bytes: int = 0

    async def __call__(self) -> Message:
        message = await self._next()
        if self.is_streamed or message["type"] != "http.request":
            return message
        chunks = [message.get("body", b"")]
        while message.get("more_body"):
            message = await self._next()
            if message["type"] != "http.request":
                return message
            chunks.append(message.get("body", b""))
        body = b"".join(chunks)
        if _INVALID_ESCAPE.search(body):
            raise InvalidText("body")
        return {"type": "http.request", "body": body, "more_body": False}

    async def _next(self) -> Message:
        if not self.received_bytes and _content_length(self.scope) > self.max_bytes:
            raise self._too_large()
        message = await self.receive()
        self.received_bytes += len(message.get("body", b""))
        if self.received_bytes > self.max_bytes:
            raise self._too_large()
        return message

    def _too_large(self) -> HTTPException:
        return HTTPException(413, BODY_TOO_LARGE.format(max_bytes=self.max_bytes))


def _refuse_nul(scope: Scope) -> None:
    if "\x00" in scope["path"]:
        raise InvalidText("path")
    if b"%00" in scope["query_string"]:
        raise InvalidText("query")


def _content_length(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0
