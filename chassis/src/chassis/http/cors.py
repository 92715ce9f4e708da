"""Cross-origin requests."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send

_EXPOSED = (
    *("Content-Disposition", "Content-Range", "ETag", "X-Request-ID", "Retry-After"),
    *("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
)


class _OnlyCrossOrigin(CORSMiddleware):
    """Starlette's middleware, which also rewrites the headers of answers to requests that cross no origin."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if b"origin" in dict(scope.get("headers", ())):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def cors(origins: str) -> Middleware:
    """Return the middleware for a list of origins, separated by commas; `*` is any.

    Whatever is allowed is echoed: browsers refuse `*` together with credentials.
    """
    return Middleware(
        _OnlyCrossOrigin,
        allow_origins=[origin.strip() for origin in origins.split(",")],
        allow_methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"],
        allow_headers=["*"],
        allow_credentials=True,
        expose_headers=_EXPOSED,
    )
