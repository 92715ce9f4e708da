"""Invalid and hostile input gets an error and does not affect other users."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from testkit.images.hostile import HostileFile, write_corpus
from tests.e2e.api_client import Account, Api, expect
from tests.e2e.product import MakeProduct, Product

CHOSEN = 8
REFUSED: list[tuple[tuple[str, str, dict[str, Any]], int]] = [
    (("POST", "/auth/register", {"json": {"username": "a\x00b", "password": "long enough"}}), 422),
    (("POST", "/auth/register", {"json": {"username": "x" * 10_000, "password": "long enough"}}), 422),
    (("POST", "/auth/register", {"json": {"username": "short", "password": "12345"}}), 422),
    (("POST", "/auth/register", {"json": []}), 422),
    (("POST", "/auth/login", {"content": b"\xff\xfe{"}), 422),
    (("GET", "/jobs", {"params": {"limit": 0}}), 422),
    (("GET", "/jobs", {"params": {"limit": 10**30}}), 422),
    (("GET", "/jobs", {"params": {"skip": -1}}), 422),
    (("GET", "/jobs/not-a-job", {}), 422),
    (("GET", f"/jobs/{10**40}", {}), 422),
    (("POST", "/jobs", {"content": b"no boundary", "headers": {"Content-Type": "multipart/form-data"}}), 400),
    (("POST", "/jobs", {"data": {"title": "a\x00b"}}), 422),
    (("POST", "/upload", {"files": {"file": ("../../etc/passwd", b"x")}}), 400),
    (("POST", "/upload", {"files": {"file": ("a.dcm", b"x")}, "params": {"bucket_name": "jobs"}}), 400),
    (("GET", "/files", {"params": {"bucket_name": "NO"}}), 400),
    (("GET", "/download/nothing.dcm", {}), 404),
    (("GET", "/files/nothing.dcm/url", {"params": {"expires": 0}}), 422),
    (("GET", "/users/0", {}), 404),
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> list[HostileFile]:
    """One file per failure code."""
    by_code = {file.failure: file for file in write_corpus(tmp_path_factory.mktemp("hostile"))}
    return list(by_code.values())[:CHOSEN]


async def test_a_hostile_upload_fails_its_job_with_a_code_and_a_message(api: Api, hostile: list[HostileFile]) -> None:
    async with api.registered() as account:
        ended = [await _ended(account, file) for file in hostile]
        health = expect(await account.http.get("/health"), 200)

    assert [(job["status"], job["failure"]["code"]) for job in ended] == [("failed", file.failure) for file in hostile]
    assert all(job["failure"]["message"] and job["results_payload"] is None for job in ended)
    assert health["status"] == "healthy"


async def _ended(account: Account, file: HostileFile) -> dict[str, Any]:
    content = await asyncio.to_thread(file.path.read_bytes)
    return await account.until_ended((await account.submit(content, "upload.zip"))["id"])


@pytest.mark.parametrize(
    ("request_", "status"),
    REFUSED,
    ids=lambda value: f"{value[0]} {value[1][:24]}" if isinstance(value, tuple) else None,
)
async def test_an_invalid_request_gets_the_reason(
    api: Api, request_: tuple[str, str, dict[str, Any]], status: int
) -> None:
    method, path, arguments = request_
    async with api.registered() as account:
        answer = await account.http.request(method, path, **arguments)

    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    assert "Traceback" not in answer.text


async def test_an_upload_rejected_before_its_end_gets_the_reason(api: Api) -> None:
    async with api.registered() as account:
        answers = [
            await account.http.post("/jobs", params={"title": "x" * 300}, files={"file": ("big.zip", b"x" * 3_000_000)})
            for _ in range(20)
        ]
    assert [answer.status_code for answer in answers] == [422] * 20


@pytest.fixture
def product_with_small_limit(make_product: MakeProduct) -> Iterator[Product]:
    """A product with a small upload limit."""
    product = make_product({"CALIFORNIA_GOLD_MAX_UPLOAD_BYTES": "1000"}).start()
    yield product
    product.stop()


async def test_a_file_above_the_limit_is_rejected_and_not_stored(product_with_small_limit: Product) -> None:
    async with Api(product_with_small_limit.url).registered() as account:
        refused: list[httpx.Response] = [
            await account.http.post("/jobs", files={"file": ("big.zip", b"x" * 2000)}),
            await account.http.post("/upload", files={"file": ("big.dcm", b"x" * 2000)}),
        ]
        jobs, files = await account.jobs(), expect(await account.http.get("/files"), 200)

    assert [answer.status_code for answer in refused] == [413, 413]
    assert (jobs, files["count"]) == ([], 0)
