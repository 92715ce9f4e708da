"""Services behind the real HTTP edge, in the test's own process, and callers with tokens that are really verified."""

from collections.abc import AsyncGenerator, Sequence
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
    """An application whose workers run."""

    app: FastAPI
    signing: Signing
    _stack: AsyncExitStack = field(repr=False)

    async def client(self, user_id: int | None = None, *, admin: bool = False) -> httpx.AsyncClient:
        """Return a client that calls as a user, or as nobody; it is closed with the application."""
        headers = None if user_id is None else self.signing.bearer(user_id, admin=admin)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)
        return await self._stack.enter_async_context(client)


@asynccontextmanager
async def served(
    services: Sequence[Service], infrastructure: Infrastructure, settings: Settings
) -> AsyncGenerator[Served]:
    """Run services as one application, without identity: the key that tokens are signed with is the test's own."""
    signing = Signing()
    await signing.publish(infrastructure)
    app = create_app(services, infrastructure, settings)
    async with app.router.lifespan_context(app), AsyncExitStack() as stack:
        yield Served(app, signing, stack)
