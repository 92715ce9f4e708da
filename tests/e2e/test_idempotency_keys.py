"""An Idempotency-Key stands for one content: a repeat is answered as before, other content is refused and not done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.api_client import PASSWORD, Account, Api, expect

NEW_PASSWORD = {"password": "another password", "current_password": PASSWORD}
SENTENCE = (
    "The Idempotency-Key was used for a request with other content: repeat that request unchanged, or use a new key"
)
FIRST_FILE, OTHER_BYTES, OTHER_NAME = ("a.dcm", b"first"), ("a.dcm", b"other"), ("b.dcm", b"first")


@dataclass(frozen=True)
class Case:
    """A route, the arguments of a first request with a key, and of others with the same key."""

    method: str
    path: str
    first: dict[str, Any]
    others: Sequence[dict[str, Any]]


CASES = [
    Case("PUT", "/users/{user}", {"json": {"full_name": "One"}}, [{"json": {"full_name": "Two", **NEW_PASSWORD}}]),
    Case("POST", "/upload", {"files": {"file": FIRST_FILE}}, [{"files": {"file": OTHER_BYTES}}]),
    Case(
        "POST",
        "/upload",
        {"files": {"file": FIRST_FILE}},
        [{"files": {"file": OTHER_NAME}}, {"files": {"file": FIRST_FILE}, "params": {"bucket_name": "other-bucket"}}],
    ),
    Case("DELETE", "/files/kept.dcm", {}, [{"params": {"bucket_name": "other-bucket"}}]),
    Case("POST", "/jobs", {"data": {"title": "one"}}, [{"data": {"title": "two"}}, {"files": {"file": FIRST_FILE}}]),
    Case(
        "POST",
        "/jobs",
        {"files": {"file": FIRST_FILE}},
        [{"files": {"file": OTHER_BYTES}}, {"files": {"file": OTHER_NAME}}],
    ),
    Case(
        "PUT", "/jobs/{job}", {"json": {"title": "one"}}, [{"json": {"title": "two"}}, {"json": {"status": "failed"}}]
    ),
    Case("PUT", "/jobs/{job}", {"json": {"title": "CT"}}, [{"json": {"title": "two"}}]),  # changes nothing at first
    Case("PUT", "/jobs/{job}/file", {"files": {"file": FIRST_FILE}}, [{"files": {"file": OTHER_BYTES}}]),
    Case("DELETE", "/jobs/{job}", {}, [{"params": {"reason": "other"}}]),
]


async def shown(account: Account) -> object:
    """Return what a user can read, and what neither the analyzer nor the passing of time changes."""
    user = expect(await account.http.get(f"/users/{account.user['id']}"), 200)
    files = expect(await account.http.get("/files"), 200)
    others = expect(await account.http.get("/files", params={"bucket_name": "other-bucket"}), 200)
    jobs = [[job[name] for name in ("id", "title", "file_name", "file_size")] for job in await account.jobs()]
    contents = [(await account.http.get(f"/download/{file['name']}")).content for file in files["files"]]
    return user, files, others, jobs, contents


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.method} {case.path} {next(iter(case.first), '')}")
async def test_a_key_used_again_for_other_content_is_refused_and_nothing_is_done(api: Api, case: Case) -> None:
    async with api.registered() as account:
        job = expect(await account.http.post("/jobs", data={"title": "CT"}), 201)["id"]
        for bucket in ("uploads", "other-bucket"):
            files, query = {"file": ("kept.dcm", b"kept")}, {"bucket_name": bucket}
            expect(await account.http.post("/upload", files=files, params=query), 201)
        path = case.path.format(user=account.user["id"], job=job)
        headers = {"Idempotency-Key": str(uuid4()), "Accept-Language": "en"}

        async def sent(arguments: dict[str, Any]) -> httpx.Response:
            return await account.http.request(case.method, path, headers=headers, **arguments)

        first = await sent(case.first)
        before = await shown(account)
        refused = [await sent(arguments) for arguments in case.others]
        again = await sent(case.first)
        after = await shown(account)

    assert first.status_code in {200, 201}, first.text
    assert again.status_code == first.status_code
    assert [(answer.status_code, answer.json()) for answer in refused] == [(422, {"detail": SENTENCE})] * len(refused)
    assert after == before


async def test_the_api_document_says_what_a_key_used_again_is_answered_with(api: Api) -> None:
    async with api.anonymous() as http:
        paths = expect(await http.get("/openapi.json"), 200)["paths"]
    keyed = {
        f"{method.upper()} {path}": operation["responses"]["422"]["content"]["application/json"]["examples"]
        for path, item in paths.items()
        for method, operation in item.items()
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", []))
    }
    assert set(keyed) == {
        *("POST /auth/register", "PUT /users/{user_id}", "DELETE /users/{user_id}"),
        *("POST /upload", "DELETE /files/{filename}"),
        *("POST /jobs", "PUT /jobs/{job_id}", "PUT /jobs/{job_id}/file", "DELETE /jobs/{job_id}"),
    }
    assert all("Idempotency-Key" in str(examples) for examples in keyed.values())
