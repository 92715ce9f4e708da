"""Rules of the S3 object store beyond the conformance suite: presigned URLs, object names, multipart uploads."""

import asyncio
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from minio import Minio

from chassis.adapters.minio.connection import S3Connection, client
from chassis.adapters.minio.object_names import name_prefix, object_name, path_of
from chassis.adapters.minio.object_store import MinioObjectStore, minio_object_store
from chassis.adapters.minio.upload import PART_BYTES
from chassis.ports.object_store import ByteRange
from testkit.conformance.object_store import failing, listed, noise, put, read
from testkit.eventually import eventually
from tests.servers.s3 import s3_connection

MIB = 1024 * 1024


@pytest.fixture
def connection(s3_endpoint: str) -> S3Connection:
    return s3_connection(s3_endpoint)


@pytest.fixture
async def store(connection: S3Connection) -> AsyncGenerator[MinioObjectStore]:
    async with minio_object_store(connection) as store:
        yield store


@pytest.fixture
def driver(connection: S3Connection) -> Minio:
    return client(connection)


def unfinished(driver: Any, connection: S3Connection, path: str) -> int:
    """Count the incomplete multipart uploads of a path; MinIO lists those of an exact name only."""
    answer = driver._list_multipart_uploads(f"{connection.bucket_prefix}files", prefix=object_name(path))
    return len(answer.uploads)


async def test_a_presigned_url_downloads_without_a_token_under_the_given_name(store: MinioObjectStore) -> None:
    await put(store, "files/1/a", b"bytes")
    url = await store.presign("files/1/a", timedelta(hours=1), "снимок №1.zip")
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(url)
        assert (answer.status_code, answer.content) == (200, b"bytes")
        assert answer.headers["content-type"] == "application/zip"
        assert "filename*=UTF-8''%D1%81%D0%BD%D0%B8%D0%BC%D0%BE%D0%BA" in answer.headers["content-disposition"]
        assert (await browser.get(url.replace("_a!", "_b!").replace("_a%21", "_b%21"))).status_code == 403


async def test_a_presigned_url_expires(store: MinioObjectStore) -> None:
    await put(store, "files/1/a", b"bytes")
    url = await store.presign("files/1/a", timedelta(seconds=1), "a.zip")
    async with httpx.AsyncClient() as browser:

        async def refused() -> bool:
            return (await browser.get(url)).status_code == 403

        await eventually(refused)


async def test_a_presigned_url_has_the_public_address(connection: S3Connection) -> None:
    public = "https://objects.example.com"
    async with minio_object_store(
        S3Connection(
            endpoint=connection.endpoint,
            public_endpoint=public,
            access_key=connection.access_key,
            secret_key=connection.secret_key,
            region=connection.region,
            bucket_prefix=connection.bucket_prefix,
        )
    ) as store:
        assert (await store.presign("files/a", timedelta(hours=1), "a.zip")).startswith(f"{public}/")


async def test_buckets_are_private(store: MinioObjectStore, connection: S3Connection) -> None:
    await put(store, "files/a", b"private")
    bucket = f"{connection.endpoint}/{connection.bucket_prefix}files"
    async with httpx.AsyncClient() as browser:
        assert (await browser.get(f"{bucket}/{object_name('a')}")).status_code == 403
        assert (await browser.get(bucket)).status_code == 403


@pytest.mark.parametrize("way", ["failed", "cancelled"])
async def test_an_incomplete_upload_leaves_no_parts(
    store: MinioObjectStore, driver: Minio, connection: S3Connection, way: str
) -> None:
    stalled = asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(PART_BYTES)
        stalled.set()
        await asyncio.Event().wait()

    if way == "failed":
        with pytest.raises(ConnectionResetError):
            await store.put("files/a", failing(bytes(PART_BYTES), bytes(PART_BYTES)), "application/zip")
    else:
        uploading = asyncio.ensure_future(store.put("files/a", stalling(), "application/zip"))
        await stalled.wait()
        assert await asyncio.to_thread(unfinished, driver, connection, "a") == 1
        uploading.cancel()
        await asyncio.wait([uploading])
    assert await asyncio.to_thread(unfinished, driver, connection, "a") == 0
    assert await listed(store, "files/") == []


@pytest.mark.parametrize("chunk", [MIB // 4, 2 * PART_BYTES])
async def test_a_large_object_is_streamed_in_bounded_memory(store: MinioObjectStore, chunk: int) -> None:
    async def many() -> AsyncIterator[bytes]:
        for _ in range(160 * MIB // chunk):
            yield bytes(chunk)

    tracemalloc.start()
    try:
        await store.put("files/large", many(), "application/zip")
        async for piece in store.open("files/large"):
            assert len(piece) <= MIB
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5 * max(chunk, PART_BYTES) + 4 * MIB


async def test_an_upload_that_waits_for_bytes_holds_no_thread(store: MinioObjectStore) -> None:
    stalled = [asyncio.Event() for _ in range(40)]

    async def stalling(number: int) -> AsyncIterator[bytes]:
        yield b"x"
        stalled[number].set()
        await asyncio.Event().wait()

    uploads = [asyncio.ensure_future(store.put(f"files/{number}", stalling(number), "a/b")) for number in range(40)]
    await asyncio.gather(*(event.wait() for event in stalled))
    await put(store, "files/other", b"other")
    for upload in uploads:
        upload.cancel()
    await asyncio.wait(uploads)


async def test_a_reader_that_stops_early_releases_its_connection(store: MinioObjectStore) -> None:
    await put(store, "files/a", noise(3 * MIB))
    for _ in range(40):
        pieces = store.open("files/a")
        await anext(pieces)
        await pieces.aclose()  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    assert await read(store, "files/a", ByteRange(3 * MIB - 1, 10)) == noise(3 * MIB)[-1:]


@pytest.mark.parametrize("byte_range", [ByteRange(5, 3), ByteRange(100, 1), ByteRange(2, 0)])
async def test_a_range_outside_the_object_is_empty(store: MinioObjectStore, byte_range: ByteRange) -> None:
    await put(store, "files/a", b"bytes")
    assert await read(store, "files/a", byte_range) == b""


async def test_objects_of_other_programs_are_not_listed(
    store: MinioObjectStore, driver: Minio, connection: S3Connection
) -> None:
    await put(store, "files/a", b"ours")
    bucket = f"{connection.bucket_prefix}files"
    await asyncio.to_thread(driver.fput_object, bucket, "_note.txt", __file__)
    assert await listed(store, "files/") == ["files/a"]
    assert await listed(store, "") == ["files/a"]


async def test_a_list_spans_buckets_in_order(store: MinioObjectStore) -> None:
    for key in ("results/1", "files/2", "jobs/3"):
        await put(store, key, b"")
    assert await listed(store, "") == ["files/2", "jobs/3", "results/1"]
    assert await listed(store, "jo") == ["jobs/3"]
    assert await listed(store, "nothing/") == []


@pytest.mark.parametrize(
    "path", ["", "/", "//", "a/", ".", "..", "a/../b", "!", "nul\0inside", "half \ud83e", "/_/=", "$0041[~", "я" * 450]
)
def test_an_object_name_maps_back_to_its_path(path: str) -> None:
    name = object_name(path)
    assert path_of(name) == path
    assert name.startswith(name_prefix(path[: len(path) // 2]))
    assert all(0 < len(part.encode()) <= 255 and part not in (".", "..") for part in name.split("/"))


def test_object_names_keep_the_order_of_their_paths() -> None:
    paths = ["", "a", "a!", "a,", "a-", "a.", "a/", "a/2", "a//", "a0", "a[", "a\\", "a]", "a~", "aя", "a\ud7ff", "a🫁"]
    paths += [f"{'b' * 199}{suffix}" for suffix in ("", "a", "ab", "a/", "/", "/a", "я", "!")]
    assert sorted(paths, key=object_name) == sorted(paths)


def test_a_key_that_is_too_long_for_s3_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        object_name("x" * 1100)
