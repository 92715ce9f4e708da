"""The file of a form is stored, and deleted again when the request is refused."""

from collections.abc import AsyncGenerator

import httpx
import pytest
from fastapi import APIRouter, HTTPException, Request

from chassis.http.app import create_app
from chassis.http.file_uploads import FileUploads
from chassis.ports.infrastructure import Infrastructure
from chassis.quotas.quotas import Quotas, allowance
from chassis.runtime.service import Service
from chassis.runtime.settings import Settings

KEY = "files/upload"


def name_of(filename: str) -> str:
    if filename == "refused":
        raise HTTPException(400, "name")
    return filename.upper()


@pytest.fixture
async def client(infrastructure: Infrastructure) -> AsyncGenerator[httpx.AsyncClient]:
    router, uploads = APIRouter(), FileUploads(infrastructure.objects, max_bytes=1000)
    quotas = Quotas(infrastructure.documents, allowance(Settings()))

    @router.post("/upload")
    async def upload(request: Request) -> dict[str, object]:  # pyright: ignore[reportUnusedFunction]
        async with quotas.reservation(1) as reservation, uploads.received(request, KEY, name_of, reservation) as form:
            if "refused" in form.fields:
                raise HTTPException(400, "field")
            return {"name": form.file.name, "size": form.file.stored.size} if form.file else {}

    app = create_app([Service("uploads", router)], infrastructure, Settings(rate_limits="off"))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


async def stored(infrastructure: Infrastructure) -> list[str]:
    return [listed.key async for listed in infrastructure.objects.list("")]


async def test_the_file_is_stored_under_the_key(client: httpx.AsyncClient, infrastructure: Infrastructure) -> None:
    answer = await client.post("/upload", files={"file": ("a.dcm", b"DICM")})

    assert answer.json() == {"name": "A.DCM", "size": 4}
    assert await stored(infrastructure) == [KEY]


async def test_a_form_without_a_file_stores_nothing(client: httpx.AsyncClient, infrastructure: Infrastructure) -> None:
    assert (await client.post("/upload", data={"title": "CT"})).json() == {}
    assert await stored(infrastructure) == []


async def test_a_file_in_another_field_is_refused(client: httpx.AsyncClient, infrastructure: Infrastructure) -> None:
    answer = await client.post("/upload", files={"other": ("a.dcm", b"DICM")}, headers={"Accept-Language": "en"})

    assert (answer.status_code, answer.json()) == (422, {"detail": "The file is expected in the field file"})
    assert await stored(infrastructure) == []


async def test_a_refused_name_stores_nothing(client: httpx.AsyncClient, infrastructure: Infrastructure) -> None:
    assert (await client.post("/upload", files={"file": ("refused", b"DICM")})).status_code == 400
    assert await stored(infrastructure) == []


async def test_a_failed_block_deletes_the_object(client: httpx.AsyncClient, infrastructure: Infrastructure) -> None:
    answer = await client.post("/upload", files={"file": ("a.dcm", b"DICM")}, data={"refused": "1"})

    assert answer.status_code == 400
    assert await stored(infrastructure) == []


async def test_a_malformed_rest_of_the_form_deletes_the_object(
    client: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nDICM\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}

    assert (await client.post("/upload", content=body, headers=headers)).status_code == 400
    assert await stored(infrastructure) == []
