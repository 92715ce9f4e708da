"""Identity alone, running in a folder, and a client of it."""

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


@dataclass(frozen=True)
class Api:
    """A client of a running application, and the folder that holds all it keeps."""

    client: AsyncClient
    infrastructure: Infrastructure
    folder: Path

    async def register(self, username: str, **fields: object) -> Response:
        """Ask for an account."""
        body = {"username": username, "password": "password123", **fields}
        return await self.client.post("/auth/register", json=body)

    async def log_in(self, username: str, password: str = "password123") -> dict[str, str]:
        """Return the headers of somebody who is logged in."""
        answer = await self.client.post("/auth/login", json={"username": username, "password": password})
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def user(self, username: str, **fields: object) -> "SignedUp":
        """Register and log in."""
        registered = await self.register(username, **fields)
        return SignedUp(self, registered.json()["id"], await self.log_in(username))


@dataclass(frozen=True)
class SignedUp:
    """A user who is logged in."""

    api: Api
    id: int
    headers: dict[str, str]

    async def get(self, path: str) -> Response:
        """Read as this user."""
        return await self.api.client.get(path, headers=self.headers)

    async def put(self, path: str, body: object) -> Response:
        """Change as this user."""
        return await self.api.client.put(path, json=body, headers=self.headers)

    async def delete(self, path: str) -> Response:
        """Delete as this user."""
        return await self.api.client.delete(path, headers=self.headers)


@asynccontextmanager
async def running(folder: Path) -> AsyncGenerator[Api]:
    """Run identity alone, in a folder."""
    settings = IdentitySettings(rate_limits="off")
    async with (
        embedded(folder) as infrastructure,
        served([build(infrastructure, settings)], infrastructure, settings) as application,
    ):
        yield Api(await application.client(), infrastructure, folder)
