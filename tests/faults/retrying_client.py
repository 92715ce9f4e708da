"""HTTP client that retries transient failures with the same Idempotency-Key."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from testkit.eventually import eventually
from tests.e2e.api_client import PASSWORD

Json = dict[str, Any]
_RETRYABLE_STATUSES = {429, 502, 503, 504}
_DEADLINE_SECONDS = 120.0
_RETRY_DELAY_SECONDS = 0.5


@dataclass
class RetryingClient:
    """Retries requests until the status is not transient. `statuses` are those of all responses."""

    http: httpx.AsyncClient
    statuses: list[int] = field(default_factory=list[int])

    async def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Return the first final response."""
        headers = {"Idempotency-Key": str(uuid4())}

        async def final() -> httpx.Response | None:
            with suppress(httpx.TransportError):
                answer = await self.http.request(method, path, headers=headers, **arguments)
                self.statuses.append(answer.status_code)
                return None if answer.status_code in _RETRYABLE_STATUSES else answer
            return None

        answer = await eventually(final, within=_DEADLINE_SECONDS, pause=_RETRY_DELAY_SECONDS)
        assert answer is not None
        return answer

    async def sign_in(self) -> None:
        """Register a new user and log in."""
        credentials = {"username": f"user-{uuid4().hex[:12]}", "password": PASSWORD}
        assert (await self.request("POST", "/auth/register", json=credentials)).status_code == 201
        token = (await self.request("POST", "/auth/login", json=credentials)).json()["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    async def submit(self, archive: bytes | None = None, **fields: str) -> Json:
        """Submit a job."""
        files = {"file": ("series.zip", archive, "application/zip")} if archive is not None else None
        answer = await self.request("POST", "/jobs", data=fields, files=files)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def jobs(self) -> list[Json]:
        """List all jobs."""
        return (await self.request("GET", "/jobs", params={"limit": 1000})).json()

    async def statistics_match(self) -> bool:
        """Return whether the live statistics count each job once, by its status."""
        statistics = (await self.request("GET", "/stats")).json()
        jobs = await self.jobs()
        submitted = statistics["windows"]["last_day"]["submitted"]
        return Counter(statistics["jobs"]) == Counter(job["status"] for job in jobs) and submitted == len(jobs)
