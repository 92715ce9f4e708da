"""Middleware that limits the size of request bodies, and refuses text that can't be stored."""

import re
from dataclasses import dataclass

from fastapi import HTTPException
from fastapi.exceptions import RequestValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.http.messages import BODY_TOO_LARGE

_METHODS_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_INVALID_ESCAPE = re.compile(
    rb"(?<!\\)(?:\\\\)*(?:"
    rb"\\u0000"
    rb"|\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])"  # a lone surrogate, high or low
    rb"|(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f])",
    re.IGNORECASE,
)


def is_upload(scope: Scope) -> bool:
    """Whether a request's body is multipart: a form that may have a file."""
    return any(
        name == b"content-type" and value[:20].lower().startswith(b"multipart/") for name, value in scope["headers"]
    )


@dataclass(frozen=True, slots=True)
class BodyLimitMiddleware:
    """Middleware that reads the body before a route does: at most `max_bytes`. Uploads have a limit of their own."""

    app: ASGIApp
    max_bytes: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on. Raises HTTPException or RequestValidationError when it is refused."""
        if scope["type"] == "http":
            _refuse_nul(scope)
        if scope["type"] != "http" or scope["method"] in _METHODS_WITHOUT_BODY or is_upload(scope):
            await self.app(scope, receive, send)
        else:
            await self.app(scope, await self._read(scope, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> Receive:
        if _content_length(scope) > self.max_bytes:
            raise self._too_large()
        body = bytearray()
        message = await receive()
        while message["type"] == "http.request":
            body += message.get("body", b"")
            if len(body) > self.max_bytes:
                raise self._too_large()
            if not message.get("more_body"):
                break
            message = await receive()
        if _INVALID_ESCAPE.search(body):
            raise _invalid_text("body")
        return _replay({**message, "body": bytes(body)} if message["type"] == "http.request" else message, receive)

    def _too_large(self) -> HTTPException:
        return HTTPException(413, BODY_TOO_LARGE.format(max_bytes=self.max_bytes))


def _replay(message: Message, receive: Receive) -> Receive:
    messages = [message]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


def _refuse_nul(scope: Scope) -> None:
    if "\x00" in scope["path"]:
        raise _invalid_text("path")
    if b"%00" in scope["query_string"]:
        raise _invalid_text("query")


def _invalid_text(where: str) -> RequestValidationError:
    return RequestValidationError([{"type": "string_unusable", "loc": (where,), "msg": ""}])


def _content_length(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0
