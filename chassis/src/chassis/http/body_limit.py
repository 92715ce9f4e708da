"""What no route should ever see: bodies without bound, and text that can't be stored or sent on."""

import re
from dataclasses import dataclass

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_UNUSABLE = re.compile(
    rb"(?<!\\)(?:\\\\)*(?:"
    rb"\\u0000"
    rb"|\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])"  # half of a surrogate pair, the first or the second
    rb"|(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f])",
    re.IGNORECASE,
)


def is_upload(scope: Scope) -> bool:
    """Whether a request's body is a form that may carry a file."""
    return any(
        name == b"content-type" and value[:20].lower().startswith(b"multipart/") for name, value in scope["headers"]
    )


@dataclass(frozen=True, slots=True)
class BodyLimitMiddleware:
    """Middleware that reads every body but an upload's, `most` bytes at most, before a route does."""

    app: ASGIApp
    most: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or raise what it is answered with."""
        if scope["type"] == "http":
            _refuse_nul(scope)
        if scope["type"] != "http" or scope["method"] in _BODILESS or is_upload(scope):
            await self.app(scope, receive, send)
        else:
            await self.app(scope, await self._read(scope, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> Receive:
        if _announced(scope) > self.most:
            raise self._too_large()
        body = bytearray()
        message = await receive()
        while message["type"] == "http.request":
            body += message.get("body", b"")
            if len(body) > self.most:
                raise self._too_large()
            if not message.get("more_body"):
                break
            message = await receive()
        if _UNUSABLE.search(body):
            raise _unusable("body")
        return _replay({**message, "body": bytes(body)} if message["type"] == "http.request" else message, receive)

    def _too_large(self) -> HTTPException:
        return HTTPException(413, f"Тело запроса слишком большое: не более {self.most} байт")


def _replay(message: Message, receive: Receive) -> Receive:
    messages = [message]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


def _refuse_nul(scope: Scope) -> None:
    if "\x00" in scope["path"]:
        raise _unusable("path")
    if b"%00" in scope["query_string"]:
        raise _unusable("query")


def _unusable(where: str) -> RequestValidationError:
    return RequestValidationError([{"type": "string_unusable", "loc": (where,), "msg": "Недопустимый символ в тексте"}])


def _announced(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0
