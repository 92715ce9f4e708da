"""Names of files and buckets are sealed in the events of files, and plain in the list of their owner."""

import orjson
from httpx import AsyncClient

from california_gold_contracts.sealed_texts import is_sealed, texts
from chassis.commands.text_sealing import key_subject
from chassis.ports.infrastructure import Infrastructure
from testkit.eventually import eventually

CANARY = "kanarya4711"


async def sealed_texts(infrastructure: Infrastructure) -> list[str]:
    pages = [page async for page in infrastructure.events.read_all(categories=["file"])]
    return [text for page in pages for event in page for _, _, text in texts(event.type, orjson.loads(event.data))]


async def test_names_and_types_of_files_are_sealed(client: AsyncClient, infrastructure: Infrastructure):
    file = (f"{CANARY}/scan.dcm", b"DICM", f"image/{CANARY}")
    uploaded = await client.post("/upload", files={"file": file}, params={"bucket_name": CANARY})
    assert uploaded.status_code == 201

    found = await sealed_texts(infrastructure)
    assert len(found) == 3
    assert all(map(is_sealed, found))
    assert CANARY not in str(found)
    listed = (await client.get("/files", params={"bucket_name": CANARY})).json()
    assert [entry["name"] for entry in listed["files"]] == [file[0]]
    download = await client.get(f"/download/{file[0]}", params={"bucket_name": CANARY})
    assert (download.content, "scan.dcm" in download.headers["content-disposition"]) == (b"DICM", True)


async def test_a_file_of_an_erased_owner_can_be_deleted(client: AsyncClient, infrastructure: Infrastructure):
    assert (await client.post("/upload", files={"file": ("scan.dcm", b"DICM")})).status_code == 201
    await infrastructure.text_keys.shred(key_subject(1))
    refused = await client.post("/upload", files={"file": ("other.dcm", b"DICM")})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert len([stored async for stored in infrastructure.objects.list("files/1/")]) == 1
    assert (await client.delete("/files/scan.dcm")).status_code == 200

    async def list_is_empty() -> bool:
        return (await client.get("/files")).json()["count"] == 0

    await eventually(list_is_empty)
