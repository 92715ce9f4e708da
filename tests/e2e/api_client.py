"""Client of the API: each method is one request or one user action."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect

from testkit.eventually import eventually

Json = dict[str, Any]
ENDED = {"completed", "failed", "cancelled"}
PASSWORD = "correct horse"


@dataclass
class Account:
    """A signed-in user."""

    http: httpx.AsyncClient
    user: Json
    token: str

    async def submit(self, archive: bytes, name: str = "series.zip", **fields: str) -> Json:
        """Post a job with a file; return it."""
        files = {"file": (name, archive, "application/zip")}
        return expect(await self.http.post("/jobs", files=files, data=fields), 201)

    async def job(self, job_id: object) -> Json:
        """Read a job."""
        return expect(await self.http.get(f"/jobs/{job_id}"), 200)

    async def jobs(self, **query: int) -> list[Json]:
        """List jobs."""
        answer = await self.http.get("/jobs", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def until_ended(self, job_id: object, within: float = 120) -> Json:
        """Wait until a job has ended; return it."""

        async def ended() -> Json | None:
            job = await self.job(job_id)
            return job if job["status"] in ENDED else None

        return await eventually(ended, within=within) or {}


@dataclass(frozen=True)
class Api:
    """The address of a running product."""

    url: str

    @asynccontextmanager
    async def anonymous(self) -> AsyncGenerator[httpx.AsyncClient]:
        """Yield a client without a token."""
        async with httpx.AsyncClient(base_url=self.url, timeout=60) as http:
            yield http

    @asynccontextmanager
    async def registered(self, username: str | None = None) -> AsyncGenerator[Account]:
        """Register a new user, log in, and yield the account."""
        name = username or f"user-{uuid4().hex[:12]}"
        async with self.anonymous() as http:
            user = expect(await http.post("/auth/register", json={"username": name, "password": PASSWORD}), 201)
            async with self.signed_in(name) as account:
                yield Account(account.http, user, account.token)

    @asynccontextmanager
    async def signed_in(self, username: str) -> AsyncGenerator[Account]:
        """Log in and yield the account."""
        async with self.anonymous() as http:
            answer = await http.post("/auth/login", json={"username": username, "password": PASSWORD})
            token = expect(answer, 200)["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            yield Account(http, expect(await http.get("/auth/me"), 200), token)

    def socket(self, job_id: object, query: str = "", headers: Mapping[str, str] | None = None) -> connect:
        """Return a WebSocket to a job, to be used as a context."""
        return connect(f"{self.url.replace('http', 'ws')}/ws/jobs/{job_id}{query}", additional_headers=headers)


async def messages_until_ended(socket: ClientConnection, within: float = 120) -> list[Json]:
    """Return all messages up to the end of the job."""
    heard: list[Json] = []
    async with asyncio.timeout(within):
        while not heard or heard[-1].get("job", {}).get("status") not in ENDED:
            heard.append(json.loads(await socket.recv()))
    return heard


def expect(answer: httpx.Response, status: int) -> Any:
    """Assert the status of a response; return its JSON."""
    assert answer.status_code == status, (
        f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    )
    return answer.json()
