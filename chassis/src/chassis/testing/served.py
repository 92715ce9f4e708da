"""Services behind the real HTTP edge, in the test's own process, and callers with tokens that are really verified."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from jwt.algorithms import OKPAlgorithm

from chassis.document_store import Document
from chassis.http.app import create_app
from chassis.http.authentication import ALGORITHM, PUBLIC_KEYS
from chassis.infrastructure import Infrastructure
from chassis.service import Service
from chassis.settings import Settings

_KID = "test"
_VALID = timedelta(hours=1)


@dataclass(frozen=True)
class Served:
    """An application whose workers run. `app` is there for what a client cannot ask."""

    app: FastAPI
    infrastructure: Infrastructure
    _key: Ed25519PrivateKey = field(repr=False)
    _stack: AsyncExitStack = field(repr=False)

    async def client(self, user_id: int | None = None, *, admin: bool = False) -> httpx.AsyncClient:
        """Return a client that calls as a user, or as nobody; it is closed with the application."""
        headers = None if user_id is None else self.authorization(user_id, admin=admin)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)
        return await self._stack.enter_async_context(client)

    def authorization(self, user_id: int, *, admin: bool = False) -> Mapping[str, str]:
        """Return the header that signs a user in."""
        now = self.infrastructure.clock.now()
        claims = {"sub": str(user_id), "admin": admin, "iat": now, "exp": now + _VALID}
        return {"Authorization": f"Bearer {jwt.encode(claims, self._key, ALGORITHM, {'kid': _KID})}"}


@asynccontextmanager
async def served(
    services: Sequence[Service], infrastructure: Infrastructure, settings: Settings
) -> AsyncGenerator[Served]:
    """Run services as one application, without identity: the key that tokens are signed with is the test's own."""
    key = Ed25519PrivateKey.generate()
    public = OKPAlgorithm.to_jwk(key.public_key()).encode()
    await infrastructure.documents.put_newer(PUBLIC_KEYS, [Document(_KID, 0, public)])
    app = create_app(services, infrastructure, settings)
    async with app.router.lifespan_context(app), AsyncExitStack() as stack:
        yield Served(app, infrastructure, key, stack)
