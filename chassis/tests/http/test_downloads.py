"""Downloads: whole files, ranges, and conditional requests."""

import tracemalloc
from collections.abc import AsyncIterator
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Request, Response

from chassis.http.app import create_app
from chassis.http.downloads import download_response
from chassis.ports.attachment import attachment
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Service
from chassis.runtime.settings import Settings

BYTES = bytes(range(256)) * 4
SIZE = len(BYTES)
HASH = "ab" * 32
"""The hash that an event recorded: downloads do not check it against the bytes."""
TAG = f'"{HASH}"'


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


@pytest.fixture
def service(infrastructure: Infrastructure) -> Service:
    router = APIRouter()
    objects = infrastructure.objects

    @router.get("/files/{name}")
    async def download(request: Request, name: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        info = await objects.stat(f"files/{name}")
        return await download_response(request, info, lambda wanted: objects.open(info.key, wanted), "скан 1.zip", HASH)

    @router.get("/artifacts/{name}")
    async def artifact(request: Request, name: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        info = await objects.stat(f"files/{name}")
        return await download_response(request, info, lambda wanted: objects.open(info.key, wanted), name)

    @router.get("/gone/{name}")
    async def gone(request: Request, name: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        info = await objects.stat(f"files/{name}")
        await objects.delete(info.key)
        return await download_response(request, info, lambda wanted: objects.open(info.key, wanted), name)

    return Service("downloads", router)


@pytest.fixture(autouse=True)
async def file(infrastructure: Infrastructure) -> str:
    stored = await infrastructure.objects.put("files/scan", pieces(BYTES), "application/zip")
    await infrastructure.objects.put("files/empty", pieces(b""), "application/zip")
    return format_datetime(stored.modified, usegmt=True)


async def test_a_file_is_sent_with_its_headers(api: httpx.AsyncClient, file: str) -> None:
    answer = await api.get("/files/scan")
    assert (answer.status_code, answer.content) == (200, BYTES)
    described = {
        "content-type": "application/zip",
        "content-length": str(SIZE),
        "etag": TAG,
        "last-modified": file,
        "accept-ranges": "bytes",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox",
        "content-disposition": "attachment; filename=\"____ 1.zip\"; filename*=UTF-8''%D1%81%D0%BA%D0%B0%D0%BD%201.zip",
    }
    assert described.items() <= dict(answer.headers).items()


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=1000-", 1000, SIZE),
        ("bytes=1000-99999", 1000, SIZE),
        ("bytes=-5", SIZE - 5, SIZE),
        ("bytes=-99999", 0, SIZE),
        ("bytes=0-", 0, SIZE),
    ],
)
async def test_a_range_is_sent_as_partial_content(api: httpx.AsyncClient, wanted: str, start: int, end: int) -> None:
    answer = await api.get("/files/scan", headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (206, BYTES[start:end])
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["Content-Length"] == str(end - start)


@pytest.mark.parametrize(
    "wanted", ["bytes=5-3", "bytes=a-b", "bytes=-", "bytes", "lines=0-1", "bytes=0-1,5-6", "", f"bytes={'9' * 30}-"]
)
async def test_a_malformed_range_is_ignored(api: httpx.AsyncClient, wanted: str) -> None:
    answer = await api.get("/files/scan", headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (200, BYTES)


@pytest.mark.parametrize(
    ("name", "wanted", "size"),
    [
        ("scan", f"bytes={SIZE}-", SIZE),
        ("scan", "bytes=-0", SIZE),
        ("empty", "bytes=0-", 0),
        ("empty", "bytes=-1", 0),
    ],
)
async def test_a_range_outside_the_file_is_416(api: httpx.AsyncClient, name: str, wanted: str, size: int) -> None:
    answer = await api.get(f"/files/{name}", headers={"Range": wanted})
    assert (answer.status_code, answer.json()) == (416, {"detail": "Запрошенный диапазон вне файла"})
    assert answer.headers["Content-Range"] == f"bytes */{size}"


@pytest.mark.parametrize("tags", [TAG, f"W/{TAG}", f'"other", {TAG}', "*"])
async def test_a_file_with_a_matching_entity_tag_is_304(api: httpx.AsyncClient, tags: str) -> None:
    answer = await api.get("/files/scan", headers={"If-None-Match": tags})
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", TAG)


async def test_without_a_recorded_hash_the_entity_tag_is_that_of_the_store(
    api: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    tag = f'"{(await infrastructure.objects.stat("files/scan")).etag}"'
    whole = await api.get("/artifacts/scan")
    assert (whole.status_code, whole.headers["ETag"]) == (200, tag)
    fresh = await api.get("/artifacts/scan", headers={"If-None-Match": tag})
    assert (fresh.status_code, fresh.content) == (304, b"")
    part = await api.get("/artifacts/scan", headers={"Range": "bytes=0-9", "If-Range": tag})
    assert (part.status_code, part.content) == (206, BYTES[:10])


async def test_if_modified_since_counts_only_without_if_none_match(api: httpx.AsyncClient, file: str) -> None:
    same = await api.get("/files/scan", headers={"If-Modified-Since": file})
    older = await api.get("/files/scan", headers={"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"})
    nonsense = await api.get("/files/scan", headers={"If-Modified-Since": "yesterday"})
    other_tag = await api.get("/files/scan", headers={"If-Modified-Since": file, "If-None-Match": '"other"'})
    assert [each.status_code for each in (same, older, nonsense, other_tag)] == [304, 200, 200, 200]


async def test_a_range_with_if_range_is_sent_only_of_the_same_file(api: httpx.AsyncClient, file: str) -> None:
    conditions = {TAG: 206, file: 206, '"other"': 200, f"W/{TAG}": 200, "Sat, 01 Jan 2000 00:00:00 GMT": 200}
    for condition, status in conditions.items():
        answer = await api.get("/files/scan", headers={"Range": "bytes=500-", "If-Range": condition})
        assert answer.status_code == status, condition


async def test_an_empty_file_is_sent(api: httpx.AsyncClient) -> None:
    answer = await api.get("/files/empty")
    assert (answer.status_code, answer.content, answer.headers["Content-Length"]) == (200, b"", "0")


async def test_head_sends_the_headers_only(api: httpx.AsyncClient) -> None:
    whole, part = await api.head("/files/scan"), await api.head("/files/scan", headers={"Range": "bytes=0-9"})
    assert (whole.status_code, whole.headers["Content-Length"], whole.content) == (200, str(SIZE), b"")
    assert (part.status_code, part.headers["Content-Length"], part.content) == (206, "10", b"")


@pytest.mark.parametrize("path", ["/files/nothing", "/gone/scan"])
async def test_a_missing_or_deleted_file_is_404(api: httpx.AsyncClient, path: str) -> None:
    answer = await api.get(path)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Файл не найден"})


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("scan.zip", 'attachment; filename="scan.zip"'),
        ("a/b/scan.zip", 'attachment; filename="scan.zip"'),
        ("a\\scan.zip", 'attachment; filename="scan.zip"'),
        ("..", 'attachment; filename=".."'),
        ("/", 'attachment; filename="file"'),
        ('a"b\r\nX: y', "attachment; filename=\"a_b__X_ y\"; filename*=UTF-8''a%22b%0D%0AX%3A%20y"),
        ("50%.zip", "attachment; filename=\"50_.zip\"; filename*=UTF-8''50%25.zip"),
    ],
)
def test_a_file_name_cannot_inject_headers(name: str, header: str) -> None:
    assert attachment(name) == header


async def test_a_large_file_is_not_read_further_after_a_disconnect(
    service: Service, infrastructure: Infrastructure
) -> None:
    piece = bytes(1024**2)
    megabytes = 64

    async def large() -> AsyncIterator[bytes]:
        for _ in range(megabytes):
            yield piece

    await infrastructure.objects.put("files/large", large(), "application/zip")
    received: list[int] = []
    listening = True

    async def send(message: dict[str, Any]) -> None:
        nonlocal listening
        received.append(len(message.get("body", b"")))
        listening = sum(received) < 8 * 1024**2

    async def receive() -> dict[str, Any]:
        while listening:
            await infrastructure.objects.stat("files/large")
        return {"type": "http.disconnect"}

    scope: dict[str, object] = {
        "type": "http",
        "method": "GET",
        "path": "/files/large",
        "raw_path": b"/files/large",
        "headers": [],
    }
    rest = {"query_string": b"", "client": ("192.0.2.1", 1), "server": ("api.test", 80), "scheme": "http"}
    app = create_app([service], infrastructure, Settings(rate_limits="off"))
    tracemalloc.start()
    try:
        await app({**scope, **rest}, receive, send)  # pyright: ignore[reportArgumentType]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 8 * 1024**2 <= sum(received) < megabytes * 1024**2
    assert peak < 8 * 1024**2
