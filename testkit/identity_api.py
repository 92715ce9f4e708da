"""The service identity, running on embedded infrastructure in a folder, and a client of it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from httpx import AsyncClient, Response

from chassis.composition.embedded import embedded
from chassis.ports.infrastructure import Infrastructure
from identity.service import build
from identity.settings import IdentitySettings
from testkit.served import served

_SETTINGS = IdentitySettings(rate_limits="off")


@dataclass(frozen=True)
class Api:
    """A client of a running application, and the folder with all its data."""

    client: AsyncClient
    infrastructure: Infrastructure
    folder: Path

    async def register(self, username: str, **fields: object) -> Response:
        """Register a user; the fields may replace the default password."""
        body = {"username": username, "password": "Stethoscope-42", **fields}
        return await self.client.post("/auth/register", json=body)

    async def log_in(self, username: str, password: str = "Stethoscope-42") -> dict[str, str]:
        """Log in and return the authorization header."""
        answer = await self.client.post("/auth/login", json={"username": username, "password": password})
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def user(self, username: str, **fields: object) -> "SignedUp":
        """Register a user and log in."""
        registered = await self.register(username, **fields)
        return SignedUp(self, registered.json()["id"], await self.log_in(username))


@dataclass(frozen=True)
class SignedUp:
    """A registered user with a token."""

    api: Api
    id: int
    headers: dict[str, str]

    async def get(self, path: str) -> Response:
        """Send GET as this user."""
        return await self.api.client.get(path, headers=self.headers)

    async def put(self, path: str, body: object) -> Response:
        """Send PUT as this user."""
        return await self.api.client.put(path, json=body, headers=self.headers)

    async def delete(self, path: str) -> Response:
        """Send DELETE as this user."""
        return await self.api.client.delete(path, headers=self.headers)


@asynccontextmanager
async def running(folder: Path, settings: IdentitySettings = _SETTINGS) -> AsyncGenerator[Api]:
    """Run identity in a folder."""
    async with (
        embedded(folder) as infrastructure,
        served([build(infrastructure, settings)], infrastructure, settings) as application,
    ):
        yield Api(await application.client(), infrastructure, folder)
