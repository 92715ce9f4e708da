"""Form parsing with a streamed file."""

import asyncio
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request

from chassis.http.app import create_app
from chassis.http.uploads import Form, UploadPart, read_form
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.object_store import ListedObject, StoredObject
from chassis.runtime.service import Service
from chassis.runtime.settings import Settings

BOUNDARY = "frontier"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
MAX_BYTES = 1000


@pytest.fixture
def service(infrastructure: Infrastructure) -> Service:
    router = APIRouter()

    async def store(part: UploadPart) -> tuple[UploadPart, StoredObject]:
        return part, await infrastructure.objects.put("files/upload", part.chunks, part.content_type)

    def shown(form: Form[tuple[UploadPart, StoredObject]]) -> dict[str, object]:
        if form.file is None:
            return {"fields": dict(form.fields), "file": None}
        part, stored = form.file
        file = {"name": part.name, "filename": part.filename, "type": stored.content_type, "size": stored.size}
        return {"fields": dict(form.fields), "file": file}

    @router.post("/upload")
    async def upload(request: Request, max_bytes: int = MAX_BYTES) -> dict[str, object]:  # pyright: ignore[reportUnusedFunction]
        return shown(await read_form(request, store, max_bytes))

    return Service("uploads", router)


def part(disposition: str, content: bytes, content_type: str = "") -> bytes:
    type_header = f"Content-Type: {content_type}\r\n" if content_type else ""
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n{type_header}\r\n"
    return head.encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


async def stored(infrastructure: Infrastructure) -> list[ListedObject]:
    return [each async for each in infrastructure.objects.list("files/upload")]


async def content(infrastructure: Infrastructure) -> bytes:
    return b"".join([chunk async for chunk in infrastructure.objects.open("files/upload")])


async def test_a_file_is_stored_and_fields_may_come_before_and_after_it(
    api: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    body = part('name="title"', "КТ".encode()) + part('name="file"; filename="scan.dcm"', b"\x00\r\n--\xff", "image/x")
    answer = await api.post("/upload", content=body + part('name="description"', b"") + END, headers=FORM)
    assert answer.json() == {
        "fields": {"title": "КТ", "description": ""},
        "file": {"name": "file", "filename": "scan.dcm", "type": "image/x", "size": 6},
    }
    assert await content(infrastructure) == b"\x00\r\n--\xff"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
async def test_the_result_does_not_depend_on_how_the_body_is_split(
    api: httpx.AsyncClient, infrastructure: Infrastructure, size: int
) -> None:
    file = f"\r\n--{BOUNDARY[:-1]}\r\n--{BOUNDARY}x".encode().replace(f"--{BOUNDARY}x".encode(), b"--\r--") * 3
    body = part('name="file"; filename="a"', file) + part('name="title"', b"t") + END

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    answer = await api.post("/upload", content=chunks(), headers=FORM)
    assert answer.json()["fields"] == {"title": "t"}
    assert await content(infrastructure) == file


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        ('filename="скан 1.zip"', "скан 1.zip"),
        ("filename=plain.zip", "plain.zip"),
        ('filename="a\\"b.zip"', 'a"b.zip'),
        ('filename="C:\\dir\\new.zip"', "C:\\dir\\new.zip"),
        ('filename="folder/../../etc/passwd"', "folder/../../etc/passwd"),
        ('filename="semi;colon=1.zip"', "semi;colon=1.zip"),
        ("filename*=UTF-8''%D1%81%D0%BA%D0%B0%D0%BD.zip", "скан.zip"),
        ("filename=\"ascii.zip\"; filename*=utf-8''%E2%82%AC.zip", "€.zip"),
        ('FILENAME="upper.zip"', "upper.zip"),
        ('filename="10.15\u202fAM \N{NO-BREAK SPACE}scan.png"', "10.15\u202fAM \N{NO-BREAK SPACE}scan.png"),
        ('filename="\U0001f469\u200d\u2695.dcm"', "\U0001f469\u200d\u2695.dcm"),
    ],
)
async def test_the_file_name_is_as_the_client_sent_it(api: httpx.AsyncClient, disposition: str, filename: str) -> None:
    answer = await api.post("/upload", content=part(f'name="file"; {disposition}', b"x") + END, headers=FORM)
    assert answer.json()["file"]["filename"] == filename


@pytest.mark.parametrize("content_type", ["", "nonsense", "text/html\x01", "a/b/c", "x/y; z=" + "w" * 100])
async def test_an_invalid_content_type_becomes_octet_stream(api: httpx.AsyncClient, content_type: str) -> None:
    body = part('name="file"; filename="a"', b"x", content_type) + END
    answer = await api.post("/upload", content=body, headers=FORM)
    assert answer.json()["file"]["type"] == "application/octet-stream"


async def test_an_empty_part_without_a_file_name_is_no_file(
    api: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    body = part('name="file"; filename=""', b"", "application/octet-stream") + part('name="title"', b"t") + END
    answer = await api.post("/upload", content=body, headers=FORM)
    assert answer.json() == {"fields": {"title": "t"}, "file": None}
    assert await stored(infrastructure) == []


async def test_an_empty_file_is_accepted(api: httpx.AsyncClient) -> None:
    answer = await api.post("/upload", content=part('name="file"; filename="a"', b"") + END, headers=FORM)
    assert answer.json()["file"]["size"] == 0


async def test_a_url_encoded_form_and_a_missing_body_are_accepted(api: httpx.AsyncClient) -> None:
    answer = await api.post("/upload", data={"title": "КТ", "description": "a&b"})
    assert answer.json() == {"fields": {"title": "КТ", "description": "a&b"}, "file": None}
    assert (await api.post("/upload")).json() == {"fields": {}, "file": None}


FILE = part('name="file"; filename="a"', b"x" * 100)
MALFORMED = {
    "no boundary named": (b"", {"Content-Type": "multipart/form-data"}, 400),
    "an endless boundary": (FILE + END, {"Content-Type": f"multipart/form-data; boundary={'b' * 300}"}, 400),
    "another boundary": (FILE + END, {"Content-Type": "multipart/form-data; boundary=other"}, 400),
    "nothing at all": (b"", FORM, 400),
    "no end": (FILE, FORM, 400),
    "ends inside a file": (FILE[:-30], FORM, 400),
    "ends inside the headers": (FILE[:40], FORM, 400),
    "no multipart at all": (b"hello", FORM, 400),
    "a part without a name": (part('filename="a"', b"x") + END, FORM, 400),
    "a part without a disposition": (f"--{BOUNDARY}\r\n\r\nx\r\n".encode() + END, FORM, 400),
    "a name that is not UTF-8": (part('name="file"; filename="?"', b"x").replace(b"?", b"\xff") + END, FORM, 400),
    "headers without end": (part('name="file"; filename="a"; x="' + "y" * 9000 + '"', b"x") + END, FORM, 400),
    "too many headers": (part('name="a"' + "\r\nX: y" * 20, b"x") + END, FORM, 400),
    "two files": (FILE + FILE + END, FORM, 422),
    "a file without a name": (part('name="file"; filename=""', b"x") + END, FORM, 422),
    "a name with NUL": (part('name="file"; filename="a\x00b"', b"x") + END, FORM, 422),
    "a name with a line break": (part("name=\"file\"; filename*=UTF-8''a%0Ab", b"x") + END, FORM, 422),
    "a field that is not UTF-8": (part('name="title"', b"\xff") + END, FORM, 422),
    "a field with NUL": (part('name="title"', b"a\x00b") + END, FORM, 422),
    "a field without end": (part('name="title"', b"x" * 70_000) + END, FORM, 413),
    "too many fields": (b"".join(part(f'name="f{n}"', b"") for n in range(60)) + END, FORM, 413),
    "a field repeated too often": (part('name="f"', b"") * 51 + END, FORM, 413),
    "too many parts without a file": (part('name="file"; filename=""', b"") * 51 + END, FORM, 413),
    "too many encoded fields": (b"a=&" * 50 + b"a=", {"Content-Type": "application/x-www-form-urlencoded"}, 413),
    "an encoded form too large": (b"a" * 1024**2 + b"=", {"Content-Type": "application/x-www-form-urlencoded"}, 413),
    "an end too large": (FILE + END + b"x" * (1024**2 + MAX_BYTES), FORM, 413),
    "a file too large": (part('name="file"; filename="a"', b"x" * (MAX_BYTES + 1)) + END, FORM, 413),
    "JSON": (b"{}", {"Content-Type": "application/json"}, 422),
    "an encoded form that is not UTF-8": (b"a=%ff", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
    "an encoded form with NUL": (b"a=%00", {"Content-Type": "application/x-www-form-urlencoded"}, 422),
}


@pytest.mark.parametrize("what", MALFORMED)
async def test_a_malformed_form_is_refused(api: httpx.AsyncClient, what: str) -> None:
    body, headers, status = MALFORMED[what]
    answer = await api.post("/upload", content=body, headers=headers)
    assert (answer.status_code, list(answer.json())) == (status, ["detail"])


async def test_fifty_fields_are_accepted_beside_a_file_in_any_order(api: httpx.AsyncClient) -> None:
    fields = b"".join(part(f'name="f{n}"', b"") for n in range(50))
    for body in (fields + FILE, FILE + fields):
        answer = await api.post("/upload", content=body + END, headers=FORM)
        assert (answer.status_code, len(answer.json()["fields"])) == (200, 50)


@pytest.mark.parametrize("what", ["ends inside a file", "a file too large"])
async def test_an_incomplete_or_too_large_file_is_not_stored(
    api: httpx.AsyncClient, infrastructure: Infrastructure, what: str
) -> None:
    body, headers, _ = MALFORMED[what]
    await api.post("/upload", content=body, headers=headers)
    assert await stored(infrastructure) == []


async def test_a_file_of_exactly_the_maximum_size_is_accepted(api: httpx.AsyncClient) -> None:
    body = part('name="file"; filename="a"', b"x" * MAX_BYTES) + END
    assert (await api.post("/upload", content=body, headers=FORM)).json()["file"]["size"] == MAX_BYTES


async def test_a_too_large_content_length_is_refused_before_the_body_is_read(
    service: Service, infrastructure: Infrastructure
) -> None:
    async def body() -> dict[str, object]:
        raise AssertionError("the body was asked for")

    headers = {**FORM, "Content-Length": str(10**12)}
    assert await _status(create_app([service], infrastructure, Settings()), headers, body) == 413


async def test_an_upload_aborted_by_the_client_is_not_stored(service: Service, infrastructure: Infrastructure) -> None:
    messages: list[dict[str, object]] = [
        {"type": "http.request", "body": FILE[:-20], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def body() -> dict[str, object]:
        return messages.pop(0)

    await _status(create_app([service], infrastructure, Settings()), FORM, body)
    assert await stored(infrastructure) == []


async def test_a_large_file_streams_in_bounded_memory(api: httpx.AsyncClient, infrastructure: Infrastructure) -> None:
    megabytes = 64

    async def body() -> AsyncGenerator[bytes]:
        yield part('name="file"; filename="large.zip"', b"").removesuffix(b"\r\n")
        for _ in range(megabytes * 16):
            yield bytes(64 * 1024)
            await asyncio.sleep(0)
        yield b"\r\n" + END

    tracemalloc.start()
    try:
        answer = await api.post("/upload", params={"max_bytes": 10**9}, content=body(), headers=FORM)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.json()["file"]["size"] == megabytes * 1024**2
    assert peak < 8 * 1024**2
    assert (await stored(infrastructure))[0].size == megabytes * 1024**2


async def _status(app: FastAPI, headers: dict[str, str], receive: object) -> int:
    statuses: list[int] = []

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(int(str(message["status"])))

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/upload", "raw_path": b"/upload", "headers": raw}
    rest = {"query_string": b"", "client": ("192.0.2.1", 1), "server": ("api.test", 80), "scheme": "http"}
    await app({**scope, **rest}, receive, send)  # pyright: ignore[reportArgumentType]
    return statuses[0]
