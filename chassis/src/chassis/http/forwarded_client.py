"""The client's address behind trusted proxies."""

from ipaddress import ip_address
from typing import Any, cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

_PEER = "california_gold.peer"


class ForwardedClient:
    """ASGI application that takes the client from X-Forwarded-For when one of the trusted proxies connects.

    The client is the last address that is none of theirs. What is no address counts as the peer's: else a client could
    be whoever it likes by sending nonsense. `trusted` has addresses and networks, separated by commas.
    """

    def __init__(self, app: ASGIApp, trusted: str) -> None:
        self._app = app
        self._forwarded = ProxyHeadersMiddleware(cast("Any", self._with_address), trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Replace the scope's client, and call the application."""
        scope[_PEER] = scope.get("client")
        await self._forwarded(cast("Any", scope), cast("Any", receive), cast("Any", send))

    async def _with_address(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if client and not _is_address(client[0]):
            scope["client"] = scope[_PEER]
        await self._app(scope, receive, send)


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
