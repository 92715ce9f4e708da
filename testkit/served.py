"""Services behind the real HTTP middleware, in the process of the test, and clients with valid tokens."""

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx
from fastapi import FastAPI

from chassis.http.app import create_app
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Service
from chassis.runtime.settings import Settings
from testkit.signing import Signing


@dataclass(frozen=True)
class Served:
    """A running application with its workers."""

    app: FastAPI
    signing: Signing
    _stack: AsyncExitStack = field(repr=False)

    async def client(self, user_id: int | None = None, *, admin: bool = False) -> httpx.AsyncClient:
        """Return a client that calls as a user, or anonymously; it is closed with the application."""
        auth = None if user_id is None else _Bearer(self.signing, user_id, admin)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://testserver", auth=auth)
        return await self._stack.enter_async_context(client)


@dataclass
class _Bearer(httpx.Auth):
    """A new token for each request, so that a test may set the clock."""

    signing: Signing
    user_id: int
    admin: bool

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Add the token to a request."""
        request.headers.update(self.signing.bearer(self.user_id, admin=self.admin))
        yield request


@asynccontextmanager
async def served(
    services: Sequence[Service], infrastructure: Infrastructure, settings: Settings, signing: Signing | None = None
) -> AsyncGenerator[Served]:
    """Run services as one application. Identity is replaced by a signing key of the test."""
    signing = signing or Signing(clock=infrastructure.clock)
    await signing.publish(infrastructure)
    app = create_app(services, infrastructure, settings)
    async with app.router.lifespan_context(app), AsyncExitStack() as stack:
        yield Served(app, signing, stack)
