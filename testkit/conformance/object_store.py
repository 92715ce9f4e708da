"""Conformance suite of the port `ObjectStore`."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.ports.object_store import ByteRange, ObjectInfo, ObjectNotFound, ObjectStore, StoredObject
from testkit.conformance.samples import SHARED_SUITE, unique

_MIB = 1024 * 1024
_KEYS = [
    "a.zip",
    "Снимок №1 🫁.zip",
    "a/b/c/d.dcm",
    "../../../etc/passwd",
    "..",
    "a//b",
    "a/./b",
    "a b+c%20d?e=f&g#h",
    "\\server\\share",
    "C:\\CON",
    "line\nbreak\ttab",
    ".hidden",
    "quote'\";--",
    "длинное-имя-" * 40,
]


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    """Yield the given chunks."""
    for part in parts:
        yield part


async def failing(*parts: bytes) -> AsyncIterator[bytes]:
    """Yield the given chunks, then fail like an upload whose client disconnects."""
    for part in parts:
        yield part
    raise ConnectionResetError("the client disconnected")


async def read(store: ObjectStore, key: str, byte_range: ByteRange | None = None) -> bytes:
    """Return an object's bytes; check the size of the pieces."""
    pieces = [piece async for piece in store.open(key, byte_range)]
    assert all(0 < len(piece) <= _MIB for piece in pieces)
    return b"".join(pieces)


async def put(store: ObjectStore, key: str, *parts: bytes) -> StoredObject:
    """Store bytes."""
    return await store.put(key, chunks(*parts), "application/zip")


async def listed(store: ObjectStore, prefix: str) -> list[str]:
    """Return the keys with a prefix."""
    return [stored.key async for stored in store.list(prefix)]


def noise(size: int, seed: int = 1) -> bytes:
    """Return pseudo-random bytes."""
    return Random(seed).randbytes(size)


def described(stored: StoredObject, info: ObjectInfo) -> bool:
    """Tell whether the metadata is that of what `put` stored."""
    properties = (stored.key, stored.size, stored.content_type, stored.modified)
    return properties == (info.key, info.size, info.content_type, info.modified)


class ObjectStoreConformance:
    """Requires the fixture `object_store`."""

    @pytest.fixture
    def folder(self) -> str:
        """A key prefix that only this test uses."""
        return unique("files/")

    async def test_a_stored_object_has_its_bytes_metadata_and_hash(
        self, object_store: ObjectStore, folder: str
    ) -> None:
        data, before = noise(3000), datetime.now(UTC)
        stored = await object_store.put(f"{folder}/a", chunks(data[:1000], b"", data[1000:]), "image/x; q=1")
        assert await read(object_store, f"{folder}/a") == data
        assert (stored.key, stored.size, stored.content_type) == (f"{folder}/a", 3000, "image/x; q=1")
        assert stored.sha256 == sha256(data).hexdigest()
        assert abs(stored.modified - before) < timedelta(minutes=5)
        assert described(stored, await object_store.stat(f"{folder}/a"))

    @pytest.mark.parametrize("size", [3, 9 * _MIB])
    async def test_the_entity_tag_is_stable_and_differs_for_other_bytes(
        self, object_store: ObjectStore, folder: str, size: int
    ) -> None:
        await put(object_store, f"{folder}/a", noise(size, seed=1))
        first, again = [(await object_store.stat(f"{folder}/a")).etag for _ in range(2)]
        await put(object_store, f"{folder}/a", noise(size, seed=2))
        assert first
        assert first == again != (await object_store.stat(f"{folder}/a")).etag

    async def test_a_list_has_the_size_and_time_of_an_object(self, object_store: ObjectStore, folder: str) -> None:
        stored = await put(object_store, f"{folder}/a", noise(3000))
        [found] = [found async for found in object_store.list(f"{folder}/a")]
        assert (found.key, found.size) == (f"{folder}/a", 3000)
        assert abs(found.modified - stored.modified) < timedelta(seconds=2)

    @pytest.mark.parametrize("parts", [(), (b"",), (b"", b"")])
    async def test_an_object_may_be_empty(self, object_store: ObjectStore, folder: str, parts: Iterable[bytes]) -> None:
        stored = await put(object_store, f"{folder}/empty", *parts)
        assert (stored.size, stored.sha256) == (0, sha256(b"").hexdigest())
        assert await read(object_store, f"{folder}/empty") == b""

    @pytest.mark.parametrize("step", [999, 64 * 1024, 3 * _MIB, 9 * _MIB])
    async def test_a_large_object_is_stored_whole_for_any_chunk_size(
        self, object_store: ObjectStore, folder: str, step: int
    ) -> None:
        data = noise(17 * _MIB + 13 if step > 999 else 2 * _MIB + 13)
        parts = [data[start : start + step] for start in range(0, len(data), step)]
        assert (await put(object_store, f"{folder}/large", *parts)).sha256 == sha256(data).hexdigest()
        assert await read(object_store, f"{folder}/large") == data

    async def test_a_missing_object_is_not_found(self, object_store: ObjectStore, folder: str) -> None:
        with pytest.raises(ObjectNotFound):
            await object_store.stat(f"{folder}/missing")
        for byte_range in (None, ByteRange(0, 1)):
            with pytest.raises(ObjectNotFound):
                await anext(object_store.open(f"{folder}/missing", byte_range))
        assert await listed(object_store, f"{folder}/") == []

    @pytest.mark.parametrize("name", _KEYS)
    async def test_any_text_is_a_distinct_key(self, object_store: ObjectStore, folder: str, name: str) -> None:
        await put(object_store, f"{folder}/{name}", b"this one")
        await put(object_store, f"{folder}/{name}x", b"another")
        assert await read(object_store, f"{folder}/{name}") == b"this one"
        assert (await object_store.stat(f"{folder}/{name}")).key == f"{folder}/{name}"
        assert await listed(object_store, f"{folder}/{name}") == [f"{folder}/{name}", f"{folder}/{name}x"]
        await object_store.delete(f"{folder}/{name}")
        assert await listed(object_store, f"{folder}/") == [f"{folder}/{name}x"]

    async def test_put_replaces_an_object(self, object_store: ObjectStore, folder: str) -> None:
        await put(object_store, f"{folder}/a", noise(2 * _MIB))
        stored = await object_store.put(f"{folder}/a", chunks(b"new"), "text/plain")
        assert await read(object_store, f"{folder}/a") == b"new"
        assert described(stored, await object_store.stat(f"{folder}/a"))
        assert (stored.size, stored.content_type) == (3, "text/plain")
        assert await listed(object_store, f"{folder}/") == [f"{folder}/a"]

    @pytest.mark.parametrize("parts", [(), (b"some",), (b"x" * _MIB,) * 17])
    async def test_a_failed_upload_stores_nothing(
        self, object_store: ObjectStore, folder: str, parts: Iterable[bytes]
    ) -> None:
        with pytest.raises(ConnectionResetError):
            await object_store.put(f"{folder}/a", failing(*parts), "application/zip")
        assert await listed(object_store, folder) == []
        with pytest.raises(ObjectNotFound):
            await object_store.stat(f"{folder}/a")

    async def test_a_failed_upload_keeps_the_earlier_object(self, object_store: ObjectStore, folder: str) -> None:
        await put(object_store, f"{folder}/a", b"old")
        earlier = await object_store.stat(f"{folder}/a")
        with pytest.raises(ConnectionResetError):
            await object_store.put(f"{folder}/a", failing(b"x" * 3 * _MIB), "text/plain")
        assert await read(object_store, f"{folder}/a") == b"old"
        assert await object_store.stat(f"{folder}/a") == earlier

    async def test_a_cancelled_upload_stores_nothing(self, object_store: ObjectStore, folder: str) -> None:
        requested_more = asyncio.Event()

        async def stalling() -> AsyncIterator[bytes]:
            yield b"x" * 3 * _MIB
            requested_more.set()
            await asyncio.Event().wait()

        uploading = asyncio.ensure_future(object_store.put(f"{folder}/a", stalling(), "application/zip"))
        await requested_more.wait()
        assert await listed(object_store, folder) == []
        uploading.cancel()
        await asyncio.wait([uploading])
        assert uploading.cancelled()
        assert await listed(object_store, folder) == []
        await put(object_store, f"{folder}/a", b"again")
        assert await read(object_store, f"{folder}/a") == b"again"

    async def test_one_of_several_concurrent_uploads_is_stored_whole(
        self, object_store: ObjectStore, folder: str
    ) -> None:
        bodies = [noise(2 * _MIB + number, number) for number in range(6)]
        stored = await asyncio.gather(*(put(object_store, f"{folder}/a", body[:_MIB], body[_MIB:]) for body in bodies))
        assert [upload.sha256 for upload in stored] == [sha256(body).hexdigest() for body in bodies]
        last = bodies.index(await read(object_store, f"{folder}/a"))
        info = await object_store.stat(f"{folder}/a")
        assert (info.size, info.content_type) == (stored[last].size, stored[last].content_type)

    @pytest.mark.parametrize(
        ("start", "length"),
        [(0, 1), (0, 2 * _MIB + 5), (10, 20), (_MIB - 1, 2), (1, 2 * _MIB), (2 * _MIB + 4, 1), (2 * _MIB, 100)],
    )
    async def test_a_range_equals_the_slice_of_the_bytes(
        self, object_store: ObjectStore, folder: str, start: int, length: int
    ) -> None:
        data = noise(2 * _MIB + 5)
        await put(object_store, f"{folder}/a", data)
        assert await read(object_store, f"{folder}/a", ByteRange(start, length)) == data[start : start + length]

    async def test_a_reader_may_stop_before_the_end(self, object_store: ObjectStore, folder: str) -> None:
        data = noise(4 * _MIB)
        await put(object_store, f"{folder}/a", data)
        pieces = object_store.open(f"{folder}/a")
        assert data.startswith(await anext(pieces))
        await object_store.delete(f"{folder}/a")

    async def test_a_list_is_ordered_by_the_bytes_of_the_keys(self, object_store: ObjectStore, folder: str) -> None:
        names = ["b", "a/2", "a/10", "a", "a-", "Я", "я", "a/", "z🫁", "B"]
        for name in names:
            await put(object_store, f"{folder}/{name}", b"")
        await put(object_store, f"{folder}x/a", b"")
        by_bytes = sorted(names, key=str.encode)
        assert await listed(object_store, f"{folder}/") == [f"{folder}/{name}" for name in by_bytes]
        assert await listed(object_store, f"{folder}/a/") == [f"{folder}/a/", f"{folder}/a/10", f"{folder}/a/2"]

    @pytest.mark.parametrize("pattern", ["%", "_", "*", "?", "[a]", "A"])
    async def test_a_prefix_has_no_wildcards(self, object_store: ObjectStore, folder: str, pattern: str) -> None:
        await put(object_store, f"{folder}/abc", b"")
        assert await listed(object_store, f"{folder}/{pattern}") == []
        assert await listed(object_store, f"{folder}/a") == [f"{folder}/abc"]

    async def test_a_list_of_several_pages_is_complete(self, object_store: ObjectStore, folder: str) -> None:
        names = [f"{folder}/{number:04}" for number in range(1100)]
        for start in range(0, len(names), 100):
            await asyncio.gather(*(put(object_store, name, b"") for name in names[start : start + 100]))
        assert await listed(object_store, f"{folder}/") == names

    async def test_a_deleted_object_is_not_found(self, object_store: ObjectStore, folder: str) -> None:
        await put(object_store, f"{folder}/a", b"a")
        await object_store.delete(f"{folder}/a")
        await object_store.delete(f"{folder}/a")
        with pytest.raises(ObjectNotFound):
            await anext(object_store.open(f"{folder}/a"))
        assert await listed(object_store, f"{folder}/") == []

    @settings(max_examples=15, deadline=None, suppress_health_check=SHARED_SUITE)
    @given(data=st.binary(max_size=300), start=st.integers(0, 299), length=st.integers(1, 300))
    async def test_any_bytes_and_any_range_are_read_back(
        self, object_store: ObjectStore, data: bytes, start: int, length: int
    ) -> None:
        key = f"{unique('files/')}/a"
        await put(object_store, key, data)
        assert await read(object_store, key) == data
        if start < len(data):
            assert await read(object_store, key, ByteRange(start, length)) == data[start : start + length]

    async def test_every_object_has_its_own_presigned_url(self, object_store: ObjectStore, folder: str) -> None:
        urls: set[str] = set()
        for name in ("a", "b"):
            await put(object_store, f"{folder}/{name}", b"")
            urls.add(await object_store.presign(f"{folder}/{name}", timedelta(hours=1), "снимок.zip"))
        assert len(urls) == 2
        assert all(url.startswith(("/", "http://", "https://")) for url in urls)
