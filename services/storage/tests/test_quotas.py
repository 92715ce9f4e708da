"""A user stores a bounded number of files and bytes; uploads are refused before the disk is full."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from httpx import AsyncClient, Response

from chassis.composition.embedded import embedded
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.settings import Settings
from storage.service import build
from testkit.eventually import eventually
from testkit.served import served

ALLOWED_FILES, ALLOWED_BYTES = 5, 1000


@pytest.fixture
async def client(infrastructure: Infrastructure) -> AsyncGenerator[AsyncClient]:
    settings = Settings(rate_limits="off", user_files=ALLOWED_FILES, user_bytes=ALLOWED_BYTES)
    async with served([build(infrastructure, settings)], infrastructure, settings) as api:
        yield await api.client(1)


async def upload(client: AsyncClient, name: str, size: int) -> Response:
    return await client.post("/upload", files={"file": (name, b"x" * size)})


async def stored(infrastructure: Infrastructure) -> int:
    return len([key async for key in infrastructure.objects.list("files/")])


async def test_of_forty_parallel_files_as_many_as_allowed_are_stored(
    client: AsyncClient, infrastructure: Infrastructure
) -> None:
    answers = await asyncio.gather(*(upload(client, f"{number}", 10) for number in range(40)))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(201), statuses.count(413)) == (ALLOWED_FILES, 40 - ALLOWED_FILES)
    assert await stored(infrastructure) == ALLOWED_FILES


async def test_of_forty_parallel_bytes_as_many_as_allowed_are_stored(
    client: AsyncClient, infrastructure: Infrastructure
) -> None:
    answers = await asyncio.gather(*(upload(client, f"{number}", 400) for number in range(40)))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(201), statuses.count(413)) == (2, 38)
    assert await stored(infrastructure) == 2


async def test_a_deleted_file_makes_room_for_another(client: AsyncClient) -> None:
    assert (await upload(client, "a", ALLOWED_BYTES)).status_code == 201
    refused = await upload(client, "b", 1)
    assert (refused.status_code, refused.json()["detail"][:18]) == (413, "Место закончилось:")
    await client.delete("/files/a")

    async def has_room() -> bool:
        return (await upload(client, "b", 1)).status_code == 201

    await eventually(has_room, within=30, pause=0.1)


async def test_below_the_reserve_of_free_space_uploads_are_507(tmp_path: Path) -> None:
    settings = Settings(rate_limits="off")
    async with (
        embedded(tmp_path / "data", min_free_bytes=2**60) as infrastructure,
        served([build(infrastructure, settings)], infrastructure, settings) as api,
    ):
        client = await api.client(1)
        answer = await upload(client, "a", 1)
        assert (answer.status_code, answer.json()) == (
            507,
            {"detail": "В хранилище не осталось места, файл не сохранён"},
        )
        assert await stored(infrastructure) == 0
        assert (await client.get("/files")).json()["count"] == 0
