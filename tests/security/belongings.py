"""Everything that an owner has in the product, and the requests that reach for it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from storage.domain.naming import FileLocation
from tests.e2e.api_client import Account, Api, Json, expect

SECRET = "KANARYA0815"
"""Stands in what others may not read; names and texts of a profile are public."""
FILE = "scan.dcm"
ATTACHING = ("PUT", "/jobs/{job_id}/file")


@dataclass(frozen=True)
class Belongings:
    """An account with an e-mail address, two files, a job, and a job that has no file yet."""

    account: Account
    job: Json
    waiting_job: Json
    link: str

    @classmethod
    @asynccontextmanager
    async def of_a_new_owner(cls, api: Api, archive: bytes) -> AsyncGenerator["Belongings"]:
        """Register an owner and store everything."""
        async with api.registered() as account:
            private = {"email": f"{SECRET.lower()}-{uuid4().hex[:8]}@example.com"}
            expect(await account.http.put(f"/users/{account.user['id']}", json=private), 200)
            for name in (FILE, f"{SECRET}.dcm"):
                expect(await account.http.post("/upload", files={"file": (name, SECRET.encode())}), 201)
            job = await account.submit(archive, f"{SECRET}.zip", title=SECRET, description=SECRET)
            waiting = expect(await account.http.post("/jobs", data={"title": SECRET}), 201)
            link = expect(await account.http.get(f"/files/{FILE}/url"), 200)["url"]
            yield cls(account, job, waiting, link)

    def path(self, method: str, route: str, *, job_by: str = "id") -> str:
        """Return the path of an operation with what identifies these things in place of its parameters.

        A job is named by its `id` or its `number`.
        """
        if route.startswith("/presigned"):
            return self.link
        file_id = FileLocation(self.account.user["id"], "uploads", FILE).file_id
        references = {"user": self.account.user["id"], "file": file_id, "job": self.job["id"]}
        kind = route.split("/")[2] if route.startswith("/audit/") else ""
        return route.format(
            user_id=self.account.user["id"],
            username=self.account.user["username"],
            filename=FILE,
            job_id=(self.waiting_job if (method, route) == ATTACHING else self.job)[job_by],
            name="mask.nii.gz",
            reference=references.get(kind, ""),
            parked_id="jobs-query:california-gold.jobs:0:0",
        )

    async def shown(self) -> object:
        """Return everything that the owner reads of it, the files' bytes included."""
        get = self.account.http.get
        read: dict[str, Any] = {path: expect(await get(path), 200) for path in ("/auth/me", "/files", "/jobs")}
        del read["/auth/me"]["quotas"]  # what is used is counted a little later
        for part in ("", "/history", "/artifacts", "/results"):
            read[f"job{part}"] = expect(await get(f"/jobs/{self.job['id']}{part}"), 200)
        files = (f"/download/{FILE}", f"/jobs/{self.job['id']}/file")
        return read, [(await get(path)).raise_for_status().content for path in files]


def body_of(operation: str) -> dict[str, Any]:
    """Return the body of an operation as arguments of a request: what it would change if it were allowed."""
    name = f"user-{uuid4().hex[:12]}"
    bodies: dict[str, dict[str, Any]] = {
        "POST /auth/register": {"json": {"username": name, "password": "correct horse"}},
        "POST /auth/login": {"json": {"username": name, "password": "wrong password"}},
        "PUT /users/{user_id}": {"json": {"full_name": "changed"}},
        "POST /upload": {"files": {"file": (FILE, b"changed")}},
        "POST /jobs": {"data": {"title": "changed"}},
        "PUT /jobs/{job_id}": {"json": {"title": "changed"}},
        "PUT /jobs/{job_id}/file": {"files": {"file": ("changed.dcm", b"changed")}},
    }
    return bodies.get(operation, {})
