"""Cross-origin requests."""

from typing import Any

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
    """Return the middleware for a list of origins, separated by commas; `*` is any."""
    allowed = [origin.strip() for origin in origins.split(",")]
    options: dict[str, Any] = {"allow_origins": allowed}
    if "*" in allowed:
        # A regular expression makes the origin be echoed; `*` is not allowed together with credentials.
        options = {"allow_origin_regex": ".*"}
    return Middleware(
        _OnlyCrossOrigin,
        allow_methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"],
        allow_headers=["*"],
        allow_credentials=True,
        expose_headers=_EXPOSED,
        **options,
    )
