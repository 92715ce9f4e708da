"""The effects of events: bytes and files are deleted, orphans are swept, and the list can be rebuilt."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import orjson
from httpx import AsyncClient

from california_gold_contracts.catalog import FILES
from california_gold_contracts.files import FileDeleted
from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext
from chassis.commands.recording import envelope_of
from chassis.commands.text_sealing import TextSealing
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.orphan_sweeper import OrphanSweeper
from chassis.runtime.settings import Settings
from storage.application.event_handlers import KNOWN_OBJECTS
from storage.application.file_list import FileList
from storage.application.files import Files, new_object_key
from storage.application.files_projection import FILES as LIST
from storage.application.files_projection import FilesProjection
from storage.domain.file import FILE
from storage.domain.naming import FileLocation
from storage.service import orphan_sweeper
from testkit.eventually import eventually
from testkit.revoking import delete_user
from testkit.served import Served


async def objects(infrastructure: Infrastructure, owner_id: int = 1) -> list[str]:
    return [stored.key async for stored in infrastructure.objects.list(f"files/{owner_id}/")]


async def upload(client: AsyncClient, name: str, content: bytes = b"x", bucket: str = "uploads") -> None:
    answer = await client.post("/upload", files={"file": (name, content)}, params={"bucket_name": bucket})
    assert answer.status_code == 201


async def one_byte() -> AsyncIterator[bytes]:
    yield b"x"


async def test_the_bytes_of_replaced_files_are_deleted(client: AsyncClient, infrastructure: Infrastructure):
    for content in (b"1", b"2", b"3"):
        await upload(client, "a", content)

    async def one_is_left() -> bool:
        return len(await objects(infrastructure)) == 1

    await eventually(one_is_left)
    assert (await client.get("/download/a")).content == b"3"


async def test_a_repeated_upload_stores_the_bytes_once(client: AsyncClient, infrastructure: Infrastructure):
    client.headers["Idempotency-Key"] = "key-1"
    for _ in range(2):
        await upload(client, "a")
    assert len(await objects(infrastructure)) == 1


async def test_the_bytes_of_a_deleted_file_are_deleted(client: AsyncClient, infrastructure: Infrastructure):
    await upload(client, "a")
    await client.delete("/files/a")

    async def none_is_left() -> bool:
        return not await objects(infrastructure)

    await eventually(none_is_left)


async def test_the_files_of_a_deleted_user_are_deleted_and_no_others(
    api: Served, client: AsyncClient, other_user: AsyncClient, infrastructure: Infrastructure
):
    for bucket in ("uploads", "other"):
        await upload(client, "a", bucket=bucket)
    await upload(other_user, "a")
    await delete_user(infrastructure, 1)

    async def none_is_left() -> bool:
        return not await objects(infrastructure)

    await eventually(none_is_left)
    assert len(await objects(infrastructure, owner_id=2)) == 1
    assert (await other_user.get("/files")).json()["count"] == 1
    assert (await client.get("/files")).status_code == 401


async def test_the_files_of_a_deleted_user_are_deleted_by_the_actor_of_that_deletion(
    client: AsyncClient, infrastructure: Infrastructure
):
    await upload(client, "a")
    await delete_user(infrastructure, 1, actor="user:1")

    async def actors() -> list[str]:
        pages = [page async for page in infrastructure.events.read_all(categories=["file"])]
        return [envelope_of(event).actor for page in pages for event in page if event.type == FileDeleted.wire_type]

    assert await eventually(actors) == ["user:1"]


async def test_a_file_that_is_stored_after_its_owner_was_deleted_is_deleted(
    client: AsyncClient, infrastructure: Infrastructure
):
    await upload(client, "a")
    await delete_user(infrastructure, 1)

    async def none_is_left() -> bool:
        return not await objects(infrastructure)

    await eventually(none_is_left)
    # An upload that was authenticated before the deletion ends now.
    aggregates = Aggregates(infrastructure.events, infrastructure.clock, "file", FILE, FILES, "/test")
    stored = await infrastructure.objects.put(new_object_key(1), one_byte(), "application/octet-stream")
    location = FileLocation(1, "uploads", "late")
    await Files(aggregates, infrastructure.objects).store(location, stored, CommandContext(uuid4(), "user:1", "test"))
    await eventually(none_is_left)
    assert (await aggregates.load(location.file_id)).state is None


def sweeper(infrastructure: Infrastructure, grace: timedelta) -> OrphanSweeper:
    return replace(orphan_sweeper(infrastructure, Settings()), grace=grace)


async def test_the_object_of_an_unfinished_upload_is_swept_after_its_grace_and_no_other(
    client: AsyncClient, infrastructure: Infrastructure
):
    await upload(client, "a")
    in_use = await objects(infrastructure)
    for key in (f"files/1/{uuid4()}", "files/.health/embedded", f"jobs/1/{uuid4()}"):
        await infrastructure.objects.put(key, one_byte(), "application/octet-stream")
    assert await sweeper(infrastructure, timedelta(hours=1)).sweep() == 0
    assert await sweeper(infrastructure, timedelta(0)).sweep() == 1
    assert await objects(infrastructure) == in_use
    assert await infrastructure.objects.stat("files/.health/embedded")


async def test_a_file_is_not_swept_when_the_known_objects_are_lost(client: AsyncClient, infrastructure: Infrastructure):
    await upload(client, "a")
    await infrastructure.documents.delete(KNOWN_OBJECTS, await objects(infrastructure))
    assert await sweeper(infrastructure, timedelta(0)).sweep() == 0
    assert (await client.get("/download/a")).content == b"x"


async def test_an_object_key_does_not_contain_the_file_name(client: AsyncClient, infrastructure: Infrastructure):
    await upload(client, "Иванов.dcm")
    (key,) = await objects(infrastructure)
    assert "Иванов" not in key


async def test_the_list_can_be_rebuilt_from_the_log(client: AsyncClient, infrastructure: Infrastructure):
    for name in ("a", "b", "c"):
        await upload(client, name)
    await client.delete("/files/b")
    before = (await client.get("/files")).json()
    pages = [page async for page in infrastructure.events.read_all(categories=["file"])]
    envelopes = [envelope_of(event) for page in pages for event in page]
    await infrastructure.documents.delete(LIST, [envelope.subject for envelope in envelopes])
    projection = FilesProjection(infrastructure.documents, TextSealing(infrastructure.text_keys))
    file_list = FileList(infrastructure.documents)
    assert await file_list.entries(1, "uploads", "") == []
    for _ in range(2):
        await projection.project(envelopes)
        assert [orjson.loads(entry) for entry in await file_list.entries(1, "uploads", "")] == before["files"]
    await projection.project(envelopes[:1])
    assert (await client.get("/files")).json() == before
