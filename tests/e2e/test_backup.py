"""A backup of the running product, restored elsewhere: what was answered before it is there, and the erased is not."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from uuid import uuid4

import pytest

from testkit.eventually import eventually
from testkit.images.dicom_files import write_series
from testkit.images.phantom import small_chest
from tests.e2e.api_client import Account, Api, expect
from tests.e2e.embedded_product import EmbeddedProduct


@pytest.fixture
def chest(tmp_path: Path) -> bytes:
    return write_series(small_chest().volume, tmp_path / "chest.zip").read_bytes()


@asynccontextmanager
async def writing(account: Account, archive: bytes) -> AsyncGenerator[list[str]]:
    """Submit jobs one after the other meanwhile; yield the ids of those that were answered, ten at least."""
    answered: list[str] = []

    async def submit() -> None:
        while True:
            answered.append((await account.submit(archive))["id"])

    task = asyncio.create_task(submit())
    try:
        await eventually(lambda: asyncio.sleep(0, len(answered) > 9), within=60)
        yield answered
    finally:
        task.cancel()
        await asyncio.wait({task})
    assert task.cancelled(), task


async def completed(account: Account, job: str) -> bool:
    return expect(await account.http.get(f"/jobs/{job}"), 200)["status"] == "completed"


def user_keys(folder: Path) -> dict[str, bytes]:
    with closing(sqlite3.connect(folder / "data" / "keys.db")) as connection:
        return dict(connection.execute("SELECT subject, key FROM keys WHERE subject LIKE 'user:%' AND key IS NOT NULL"))


@pytest.mark.timeout(600)
@pytest.mark.thorough
async def test_every_job_that_was_answered_before_a_backup_is_in_it(tmp_path: Path, chest: bytes) -> None:
    settings = {"CALIFORNIA_GOLD_USER_JOBS_WAITING": "100000"}
    product = EmbeddedProduct(tmp_path / "first", settings)
    second = EmbeddedProduct(tmp_path / "second", settings)
    name = f"kept{uuid4().hex[:8]}"
    try:
        product.start()
        async with Api(product.url).registered(name) as account:
            finished = (await account.submit(chest))["id"]
            await eventually(lambda: completed(account, finished), within=120)
            before = await read(account, finished)
            async with writing(account, chest) as answered:
                known = list(answered)
                printed = await asyncio.to_thread(product.run_command, "backup", str(tmp_path / "backup"))
                assert "proved by their hash chains" in printed
                assert await asyncio.to_thread(product.run_command, "backup", str(tmp_path / "backup"))
            token = account.token
        product.kill()
        second.run_command("restore", str(tmp_path / "backup"))
        assert "unbroken chains" in second.run_command("audit", "verify", "--all")
        second.start()
        async with Api(second.url).anonymous() as http:
            http.headers["Authorization"] = f"Bearer {token}"
            again = Account(http, account.user, token)
            assert expect(await http.get("/auth/me"), 200)["username"] == name
            assert await read(again, finished) == before
            for job in known:
                file = await http.get(f"/jobs/{job}/file")
                assert (file.status_code, file.content) == (200, chest)
    finally:
        product.kill()
        second.kill()


async def read(account: Account, job: str) -> object:
    """Return what the owner reads of a finished job."""
    artifacts = expect(await account.http.get(f"/jobs/{job}/artifacts"), 200)
    contents = [(await account.http.get(artifact["url"])).content for artifact in artifacts]
    file = (await account.http.get(f"/jobs/{job}/file")).content
    return expect(await account.http.get(f"/jobs/{job}/results"), 200), contents, file


async def test_the_next_backup_has_no_key_and_no_file_of_a_deleted_user(tmp_path: Path) -> None:
    product = EmbeddedProduct(tmp_path / "first")
    content, backup = f"file-of-{uuid4().hex}".encode(), tmp_path / "backup"
    product.start()
    try:
        async with Api(product.url).registered() as account:
            files = {"file": ("one.dcm", content, "application/dicom")}
            expect(await account.http.post("/upload", files=files), 201)
            keys = user_keys(product.folder)
            product.run_command("backup", str(backup))
            assert files_with(backup, content)
            assert all(files_with(backup, key) for key in keys.values())
            expect(await account.http.delete(f"/users/{account.user['id']}"), 200)

        async def erased() -> bool:
            await asyncio.to_thread(product.run_command, "backup", str(backup))
            return not any(files_with(backup, text) for text in (content, *keys.values()))

        assert keys
        await eventually(erased, within=60)
    finally:
        product.kill()


def files_with(folder: Path, text: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text in path.read_bytes()]
