"""A client that does not give up: what fails for a moment is sent again, with the same Idempotency-Key."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from tests.e2e.driver import PASSWORD

Json = dict[str, Any]
_PASSING = {502, 503, 504}
_TRIES = 120
_PAUSE_SECONDS = 0.5


@dataclass
class Persistent:
    """Sends requests until they are answered by other than "not now". `statuses` are all answers it got."""

    http: httpx.AsyncClient
    statuses: list[int] = field(default_factory=list[int])

    async def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Return the answer."""
        headers = {"Idempotency-Key": str(uuid4())}
        for _ in range(_TRIES):
            try:
                answer = await self.http.request(method, path, headers=headers, **arguments)
            except httpx.TransportError:
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            self.statuses.append(answer.status_code)
            if answer.status_code not in _PASSING:
                return answer
            await asyncio.sleep(_PAUSE_SECONDS)
        raise AssertionError(f"{method} {path} was not answered; at last {self.statuses[-5:]}")

    async def sign_in(self) -> None:
        """Register a user of its own and log in."""
        who = {"username": f"user-{uuid4().hex[:12]}", "password": PASSWORD}
        assert (await self.request("POST", "/auth/register", json=who)).status_code == 201
        token = (await self.request("POST", "/auth/login", json=who)).json()["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    async def submit(self, archive: bytes | None = None, **fields: str) -> Json:
        """Post a job."""
        files = {"file": ("series.zip", archive, "application/zip")} if archive is not None else None
        answer = await self.request("POST", "/jobs", data=fields, files=files)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def jobs(self) -> list[Json]:
        """List all jobs."""
        return (await self.request("GET", "/jobs", params={"limit": 1000})).json()

    async def is_counted(self) -> bool:
        """Say whether the live statistics count each job once, in its status."""
        figures = (await self.request("GET", "/stats")).json()
        jobs = await self.jobs()
        submitted = figures["windows"]["last_day"]["submitted"]
        return Counter(figures["jobs"]) == Counter(job["status"] for job in jobs) and submitted == len(jobs)
