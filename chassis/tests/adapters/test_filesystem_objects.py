"""Rules of the filesystem object store beyond the conformance suite: keys, open readers, the sweep, old folders."""

import asyncio
import os
import sqlite3
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time

import pytest

from chassis.adapters.filesystem.object_store import FilesystemObjectStore, filesystem_object_store
from chassis.adapters.filesystem.presigned_links import PresignedLinks
from chassis.adapters.sqlite.key_store import sqlite_key_store
from chassis.ports.clock import SystemClock
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.object_store import ObjectInfo
from testkit.conformance.object_store import chunks, listed, noise, put, read

MIB = 1024 * 1024


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[FilesystemObjectStore]:
    clock = SystemClock()
    async with (
        sqlite_key_store(tmp_path / "keys.db") as keys,
        filesystem_object_store(tmp_path / "objects", PresignedLinks(keys, clock), clock) as store,
    ):
        yield store


@pytest.fixture
def blobs(tmp_path: Path) -> Path:
    return tmp_path / "objects" / "blobs"


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["nul\0inside", "half of a pair \ud83e", "/absolute", "ё" * 5000, "con", "a" * 1025])
async def test_any_text_is_a_key_and_no_file_is_named_after_it(
    store: FilesystemObjectStore, tmp_path: Path, name: str
) -> None:
    before = {path for path in files(tmp_path) if path.parent.parent.name != "blobs"}
    await put(store, f"files/{name}", b"this one")
    assert await read(store, f"files/{name}") == b"this one"
    assert await listed(store, "files/") == [f"files/{name}"]
    assert {path for path in files(tmp_path) if path.parent.parent.name != "blobs"} == before


@pytest.mark.parametrize("change", ["replaced", "deleted"])
async def test_an_open_reader_reads_the_object_to_its_end(store: FilesystemObjectStore, change: str) -> None:
    data = noise(3 * MIB)
    await put(store, "files/a", data)
    pieces = store.open("files/a")
    first = await anext(pieces)
    if change == "replaced":
        await put(store, "files/a", b"new")
    else:
        await store.delete("files/a")
    assert first + b"".join([piece async for piece in pieces]) == data


async def test_an_object_that_is_being_replaced_is_always_readable_and_whole(store: FilesystemObjectStore) -> None:
    bodies = [bytes([number]) * 200_000 for number in range(20)]
    await put(store, "files/a", bodies[0])

    async def replace() -> None:
        for body in bodies:
            await put(store, "files/a", body)

    replacing = asyncio.ensure_future(replace())
    while not replacing.done():
        assert await read(store, "files/a") in bodies
    await replacing


@pytest.mark.parametrize("way", ["replaced", "deleted", "failed", "cancelled"])
async def test_unreferenced_bytes_are_deleted(store: FilesystemObjectStore, blobs: Path, way: str) -> None:
    await put(store, "files/kept", b"kept")
    uploading = asyncio.ensure_future(_upload(store, way))
    await asyncio.wait([uploading])
    assert len(await asyncio.to_thread(files, blobs)) == (2 if way == "replaced" else 1)


async def _upload(store: FilesystemObjectStore, way: str) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield noise(2 * MIB)
        if way == "cancelled":
            raise asyncio.CancelledError
        raise ConnectionResetError

    if way in ("replaced", "deleted"):
        await put(store, "files/a", b"old")
    if way == "replaced":
        await put(store, "files/a", b"new")
    elif way == "deleted":
        await store.delete("files/a")
    else:
        await store.put("files/a", broken(), "text/plain")


_EARLIER_INDEX = """
CREATE TABLE objects (
    key BLOB NOT NULL PRIMARY KEY, blob TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
    content_type TEXT NOT NULL, modified TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX objects_by_blob ON objects (blob)
"""


def write_earlier_folder(folder: Path) -> None:
    """Write a folder as the first version of the adapter did: its index schema must not change without a migration."""
    (folder / "blobs" / "ab").mkdir(parents=True)
    (folder / "blobs" / "ab" / "abcdef").write_bytes(b"bytes")
    index = sqlite3.connect(folder / "index.db")
    index.executescript(_EARLIER_INDEX)
    row = (b"files/a", "abcdef", 5, "ab" * 32, "text/plain", "2026-01-02T03:04:05+00:00")
    index.execute("INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?)", row)
    index.commit()
    index.close()


async def test_a_folder_of_an_earlier_version_stays_readable(tmp_path: Path) -> None:
    clock = SystemClock()
    await asyncio.to_thread(write_earlier_folder, tmp_path / "objects")
    async with (
        sqlite_key_store(tmp_path / "keys.db") as keys,
        filesystem_object_store(tmp_path / "objects", PresignedLinks(keys, clock), clock) as store,
    ):
        written = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert await store.stat("files/a") == ObjectInfo("files/a", 5, "text/plain", written, "ab" * 32)
        assert await read(store, "files/a") == b"bytes"


def orphan(blobs: Path, age: timedelta) -> Path:
    """Create an unreferenced blob of this age."""
    path = blobs / "ab" / f"ab{'c' * 30}"
    path.write_bytes(b"x")
    written = time() - age.total_seconds()
    os.utime(path, (written, written))
    return path


async def test_the_sweep_deletes_unreferenced_blobs(store: FilesystemObjectStore, blobs: Path) -> None:
    await put(store, "files/a", b"a")
    for path in await asyncio.to_thread(files, blobs):
        os.utime(path, (0, 0))
    unreferenced = await asyncio.to_thread(orphan, blobs, timedelta(hours=2))
    await store.sweep()
    assert unreferenced not in await asyncio.to_thread(files, blobs)
    assert await read(store, "files/a") == b"a"


async def test_the_sweep_keeps_unreferenced_blobs_younger_than_the_grace_period(
    store: FilesystemObjectStore, blobs: Path
) -> None:
    unreferenced = await asyncio.to_thread(orphan, blobs, timedelta(minutes=30))
    await store.sweep()
    assert unreferenced in await asyncio.to_thread(files, blobs)


async def test_a_missing_blob_is_an_unavailable_store(store: FilesystemObjectStore, blobs: Path) -> None:
    await put(store, "files/a", b"a")
    for path in await asyncio.to_thread(files, blobs):
        path.unlink()
    with pytest.raises(StoreUnavailable):
        await read(store, "files/a")


@pytest.mark.parametrize("chunk", [MIB // 16, 8 * MIB])
async def test_a_large_object_is_streamed_in_bounded_memory(store: FilesystemObjectStore, chunk: int) -> None:
    async def many() -> AsyncIterator[bytes]:
        for _ in range(64 * MIB // chunk):
            yield bytes(chunk)

    tracemalloc.start()
    try:
        await store.put("files/large", many(), "application/zip")
        async for piece in store.open("files/large"):
            assert len(piece) <= MIB
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * chunk + 6 * MIB


async def test_writing_does_not_block_the_event_loop(store: FilesystemObjectStore) -> None:
    turns, done = 0, asyncio.Event()

    async def count() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.ensure_future(count())
    await store.put("files/large", chunks(*[bytes(4 * MIB)] * 4), "application/zip")
    done.set()
    await counting
    assert turns > 50
