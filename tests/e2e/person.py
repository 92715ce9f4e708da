"""A person who writes a canary of its own into every field of the API, for tests of erasure."""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import uuid4
from zipfile import ZIP_STORED

import httpx

from testkit.eventually import eventually
from testkit.images.dicom_files import series_members
from testkit.images.phantom import small_chest
from testkit.zip_archives import archive
from tests.e2e.api_client import expect

_FIELDS = (
    *("username", "username2", "password", "wrongpassword", "email", "email2", "fullname", "fullname2", "bio", "bio2"),
    *("title", "title2", "titleinquery", "description", "description2", "descriptioninquery"),
    *("jobfile", "jobtype", "attachedfile", "attachedtype", "member", "content", "attachedcontent"),
    *("filename", "filefolder", "filetype", "filecontent", "replacement", "bucket", "prefix", "unknownfile"),
)


@dataclass
class Person:
    """Writes the canaries over HTTP: each begins with `mark` and ends in the name of its field."""

    http: httpx.AsyncClient
    mark: str = field(default_factory=lambda: f"kanarya{uuid4().hex[:8]}")
    user_id: int = 0

    @property
    def canaries(self) -> Mapping[str, str]:
        """The texts by field."""
        return {name: f"{self.mark}{name}" for name in _FIELDS} | {"images": self.mark}

    @property
    def pattern(self) -> re.Pattern[bytes]:
        """What finds a canary however a file holds it."""
        return re.compile(b"(?:%b)[a-z0-9]*" % b"|".join(map(re.escape, _encodings(self.mark))))

    async def write_everything(self) -> None:
        """Register, and write every field at least once, some of them twice."""
        await self._account()
        await self._jobs()
        await self._files()

    async def delete_account(self) -> None:
        """Delete the account."""
        expect(await self.http.delete(f"/users/{self.user_id}"), 200)

    async def _account(self) -> None:
        of = self.canaries
        new = {"username": of["username"], "password": of["password"], "full_name": of["fullname"], "bio": of["bio"]}
        user = expect(await self.http.post("/auth/register", json={**new, "email": f"{of['email']}@example.com"}), 201)
        self.user_id = user["id"]
        log_in = {"username": of["username"], "password": of["password"]}
        wrong = {**log_in, "password": of["wrongpassword"]}
        expect(await self.http.post("/auth/login", json=wrong), 401)
        token = expect(await self.http.post("/auth/login", json=log_in), 200)["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"
        changed = {"username": of["username2"], "full_name": of["fullname2"], "bio": of["bio2"]}
        changed["email"] = f"{of['email2']}@example.com"
        expect(await self.http.put(f"/users/{self.user_id}", json=changed), 200)

    async def _jobs(self) -> None:
        of = self.canaries
        images = series_members(small_chest().volume, canary=of["images"])
        content = archive({**images, f"{of['member']}.txt": of["content"].encode()}, ZIP_STORED)
        file = (f"{of['jobfile']}.zip", content, f"image/{of['jobtype']}")
        texts = {"title": of["title"], "description": of["description"]}
        job = expect(await self.http.post("/jobs", data=texts, files={"file": file}), 201)
        second = {"title": of["title2"], "description": of["description2"]}
        expect(await self.http.put(f"/jobs/{job['id']}", json=second), 200)
        in_query = {"title": of["titleinquery"], "description": of["descriptioninquery"]}
        waiting = expect(await self.http.post("/jobs", params=in_query), 201)
        attached = (f"{of['attachedfile']}.dcm", of["attachedcontent"].encode(), f"image/{of['attachedtype']}")
        expect(await self.http.put(f"/jobs/{waiting['id']}/file", files={"file": attached}), 200)
        await self._read(job["id"])

    async def _read(self, job_id: str) -> None:
        async def ended() -> bool:
            return expect(await self.http.get(f"/jobs/{job_id}"), 200)["status"] == "completed"

        await eventually(ended, within=120)
        for path in ("/history", "/zip-contents", "/zip-info", "/artifacts", "/results"):
            expect(await self.http.get(f"/jobs/{job_id}{path}"), 200)

    async def _files(self) -> None:
        of = self.canaries
        name, bucket = f"{of['filefolder']}/{of['filename']}.dcm", {"bucket_name": of["bucket"]}
        for content in (of["filecontent"], of["replacement"]):
            file = (name, content.encode(), f"image/{of['filetype']}")
            expect(await self.http.post("/upload", files={"file": file}, params=bucket), 201)
        expect(await self.http.get("/files", params={**bucket, "prefix": of["prefix"]}), 200)
        expect(await self.http.get(f"/files/{name}/url", params=bucket), 200)
        expect(await self.http.get(f"/download/{of['unknownfile']}", params=bucket), 404)


def _encodings(text: str) -> Iterator[bytes]:
    """Yield the bytes that a text is stored as: in UTF-8, in UTF-16, and within base64 at any alignment."""
    encoded = text.encode()
    yield encoded
    yield text.encode("utf-16-le")
    for offset in range(3):
        yield b64encode(b"x" * offset + encoded)[4 if offset else 0 : -4]
