"""Cross-origin resource sharing (CORS)."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send

_EXPOSED = (
    *("Content-Disposition", "Content-Range", "ETag", "X-Request-ID", "Retry-After"),
    *("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
)


class _CrossOriginOnly(CORSMiddleware):
    """Starlette's middleware, for requests with an Origin only: it would rewrite the headers of all responses."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if b"origin" in dict(scope.get("headers", ())):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def cors(origins: str) -> Middleware:
    """Return the middleware for a list of origins, separated by commas; `*` allows any origin.

    An allowed origin is echoed: browsers reject `*` together with credentials.
    """
    return Middleware(
        _CrossOriginOnly,
        allow_origins=[origin.strip() for origin in origins.split(",")],
        allow_methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"],
        allow_headers=["*"],
        allow_credentials=True,
        expose_headers=_EXPOSED,
    )
