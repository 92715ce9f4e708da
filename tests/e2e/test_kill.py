"""Crashes (`kill -9`): answered commands are neither lost nor duplicated, running analyses complete."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from testkit.eventually import eventually
from tests.e2e.api_client import Account, Api, expect
from tests.e2e.product import MakeProduct, Product

BURST = 40


@pytest.fixture(scope="module")
def one_product(make_product: MakeProduct) -> Iterator[Product]:
    product = make_product({}).start()
    yield product
    product.stop()


@pytest.fixture
def running_product(one_product: Product) -> Product:
    return one_product.start()


def _after_a_crash(product: Product) -> None:
    product.kill()
    product.start()


async def test_a_running_analysis_is_finished_after_a_crash(running_product: Product, chest_zip: bytes) -> None:
    api = Api(running_product.url)
    async with api.registered() as account:
        job = await account.submit(chest_zip)
        async with api.socket(job["id"]) as socket:
            while json.loads(await socket.recv())["job"]["progress"] < 5:
                pass
        _after_a_crash(running_product)
        ended = await account.until_ended(job["id"])
        history = expect(await account.http.get(f"/jobs/{job['id']}/history"), 200)

    assert ended["status"] == "completed"
    assert ended["results_payload"]["summary"]["lesions_count"] == 1
    types = [event["type"] for event in history]
    assert types.count("jobs.analysis-completed.v1") == 1
    assert types.count("jobs.job-submitted.v2") == 1


async def test_no_answered_command_of_a_burst_is_lost_or_duplicated(running_product: Product) -> None:
    answered: list[str] = []
    async with Api(running_product.url).registered() as account:
        burst = [asyncio.ensure_future(_create(account, number, answered)) for number in range(BURST)]
        await eventually(lambda: _reached(answered, BURST // 4))
        _after_a_crash(running_product)
        await asyncio.gather(*burst, return_exceptions=True)
        before_repeats = set(answered)
        repeated = [await _create(account, number, answered) for number in range(BURST)]
        listed = await account.jobs(limit=1000)

    assert before_repeats <= {job["id"] for job in listed}
    assert sorted(job["title"] for job in listed) == sorted(str(number) for number in range(BURST))
    assert {job["id"] for job in listed} == set(repeated)
    assert len({job["number"] for job in listed}) == BURST


async def test_an_upload_interrupted_by_a_crash_leaves_no_job_and_no_file(running_product: Product) -> None:
    async with Api(running_product.url).registered() as account:
        sent = asyncio.Event()
        upload = asyncio.ensure_future(account.http.post("/jobs", content=_endless(sent), headers=_MULTIPART))
        await sent.wait()
        _after_a_crash(running_product)
        with pytest.raises(httpx.TransportError):
            await upload
        jobs, files = await account.jobs(), expect(await account.http.get("/files"), 200)

    assert jobs == []
    assert files["count"] == 0


async def test_users_files_and_results_survive_a_crash(running_product: Product, text_zip: bytes) -> None:
    async with Api(running_product.url).registered() as account:
        expect(await account.http.post("/upload", files={"file": ("скан.dcm", b"0123456789")}), 201)
        job = await account.until_ended((await account.submit(text_zip))["id"])
        _after_a_crash(running_product)
        again = await account.job(job["id"])
        part = await account.http.get("/download/скан.dcm", headers={"Range": "bytes=2-4"})

    assert again == job
    assert (part.status_code, part.content) == (206, b"234")


async def test_a_product_stops_on_request_and_logs_no_secret(running_product: Product, text_zip: bytes) -> None:
    async with Api(running_product.url).registered() as account:
        await account.until_ended((await account.submit(text_zip))["id"])
        token, username = account.token, account.user["username"]
    code = running_product.stop()

    assert code == 0
    assert token not in running_product.log
    assert username not in running_product.log
    assert "Traceback" not in running_product.log


_MULTIPART = {"Content-Type": "multipart/form-data; boundary=frontier"}


async def _endless(sent: asyncio.Event) -> AsyncIterator[bytes]:
    yield b'--frontier\r\nContent-Disposition: form-data; name="file"; filename="big.zip"\r\n\r\n'
    for number in range(10_000):
        yield b"x" * 65536
        if number == 100:
            sent.set()


async def _create(account: Account, number: int, answered: list[str]) -> str:
    headers = {"Idempotency-Key": f"burst-{number}"}
    job = expect(await account.http.post("/jobs", data={"title": str(number)}, headers=headers), 201)
    answered.append(job["id"])
    return job["id"]


async def _reached(answered: list[str], count: int) -> bool:
    return len(answered) >= count
