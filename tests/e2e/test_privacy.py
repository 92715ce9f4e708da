"""Data that identifies a patient or a user is neither logged nor stored outside of uploads and DICOM outputs."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from testkit.eventually import eventually
from testkit.images.dicom_files import write_series
from testkit.images.phantom import small_chest
from tests.e2e.api_client import Api, expect, messages_until_ended
from tests.e2e.person import Person
from tests.e2e.product import MakeProduct, Product

CANARY = "KANARYA4711"
READ_MODELS = {"documents.db", "documents.db-wal", "jobs", "job-files", "files"}
"""Where plain texts may be as long as the account exists, in either deployment mode."""

READ_PATHS = ("", "/results", "/results.xlsx", "/history", "/artifacts", "/zip-info")


@pytest.fixture
def private(make_product: MakeProduct) -> Iterator[Product]:
    product = make_product({}).start()
    yield product
    product.stop()


async def test_patient_data_stays_inside_the_upload_and_the_dicom_output(private: Product, tmp_path: Path) -> None:
    archive = write_series(small_chest().volume, tmp_path / "chest.zip", canary=CANARY).read_bytes()
    api = Api(private.url)
    async with api.registered() as account:
        job = await account.submit(archive)
        async with api.socket(job["id"], f"?token={account.token}") as socket:
            received = await messages_until_ended(socket)
        contents = {path: (await account.http.get(f"/jobs/{job['id']}{path}")).content for path in READ_PATHS}
        artifacts = expect(await account.http.get(f"/jobs/{job['id']}/artifacts"), 200)
        for artifact in artifacts:
            if not artifact["name"].endswith(".dcm"):  # these belong to the study, and go to the owner alone
                contents[artifact["name"]] = (await account.http.get(artifact["url"])).content

    assert received[-1]["job"]["status"] == "completed"
    assert {"mask.nii.gz", "finding-1.png"} <= set(contents)
    assert [path for path, content in contents.items() if CANARY.encode() in content] == []
    assert CANARY not in str(received)
    assert CANARY not in private.log
    assert private.locations_containing(CANARY) == []


@pytest.mark.timeout(600)  # MinIO empties its folder of deleted objects for the first time five minutes after its start
async def test_what_a_user_writes_is_in_no_file_once_the_account_is_deleted(private: Product) -> None:
    async with Api(private.url).anonymous() as http:
        person = Person(http)
        await person.write_everything()
        wanted, locations = person.pattern, set(private.locations_containing(person.mark))
        assert private.files_with(wanted)
        await person.delete_account()

    async def nothing_is_left() -> bool:
        return not await asyncio.to_thread(private.files_with, wanted)

    assert locations
    assert locations <= READ_MODELS
    await eventually(nothing_is_left, within=400, pause=0.5)
    assert private.stop() == 0
    assert private.files_with(wanted) == {}
    assert private.locations_containing(person.mark) == []
    assert wanted.search(private.log.encode()) is None


async def test_a_deleted_user_is_in_no_database_and_no_log(private: Product) -> None:
    name, email = f"{CANARY}-{uuid4().hex[:6]}", f"{CANARY.lower()}@example.com"
    api = Api(private.url)
    async with api.registered(name) as account:
        expect(await account.http.put(f"/users/{account.user['id']}", json={"email": email, "bio": CANARY}), 200)
        expect(await account.http.delete(f"/users/{account.user['id']}"), 200)
    assert private.stop() == 0

    assert private.locations_containing(CANARY) == []
    assert private.locations_containing(email) == []
    assert CANARY not in private.log
