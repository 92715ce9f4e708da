"""Bodies that are read whole are bounded; uploads, which stream, have a limit of their own."""

from dataclasses import dataclass

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def is_upload(scope: Scope) -> bool:
    """Whether a request's body is a form that may carry a file."""
    return any(
        name == b"content-type" and value[:20].lower().startswith(b"multipart/") for name, value in scope["headers"]
    )


def too_large(most: int) -> HTTPException:
    """Return the 413 of the contract, to raise."""
    return HTTPException(413, f"Тело запроса слишком большое: не более {most} байт")


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """Middleware that refuses bodies of more than `most` bytes, by what is announced and by what comes."""

    app: ASGIApp
    most: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application read no more than it may."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD") or is_upload(scope):
            await self.app(scope, receive, send)
            return
        await self.app(scope, self._limited(receive, _announced(scope)), send)

    def _limited(self, receive: Receive, announced: int) -> Receive:
        left = self.most if announced <= self.most else -1

        async def limited() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise too_large(self.most)
            return message

        return limited


def _announced(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0
