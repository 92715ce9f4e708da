"""Benchmark: bytes read from the object store to list a large ZIP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import cast
from zipfile import ZIP_STORED, ZipFile

import uvloop

from benchmarks.table import Row
from chassis.composition.embedded import embedded
from chassis.ports.object_store import ByteRange, ObjectStore
from jobs_query.application.zip_listing import list_zip

_SLICES = 2048
_SLICE = bytes(512 * 1024)
_GOAL = 0.01
_KEY = "jobs/1/archive"


def rows() -> list[Row]:
    """Measure the share of a 1 GiB archive of 2,048 slices that is read; the ratio is the goal divided by it."""
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        return uvloop.run(_measured(Path(folder)))


async def _measured(folder: Path) -> list[Row]:
    async with embedded(folder) as infrastructure:
        stored = await infrastructure.objects.put(_KEY, _archive(), "application/zip")
        counting = _CountingStore(infrastructure.objects)
        started = perf_counter()
        entries = await list_zip(cast("ObjectStore", counting), _KEY, stored.size)
        seconds = perf_counter() - started
    if len(entries) != _SLICES:
        raise RuntimeError(f"{len(entries)} files were listed")
    share = counting.bytes_read / stored.size
    return [
        Row(
            f"listing a ZIP of {stored.size / 2**30:.2f} GiB, {_SLICES:,} files, in {seconds * 1000:.0f} ms",
            f"{counting.bytes_read:,} bytes read ({share:.4%})",
            f"{_GOAL:.0%} of the archive",
            _GOAL / share,
        )
    ]


@dataclass
class _CountingStore:
    """Counts the bytes that are read from an object store."""

    objects: ObjectStore
    bytes_read: int = 0

    async def open(self, key: str, byte_range: ByteRange | None = None) -> AsyncIterator[bytes]:
        async for piece in self.objects.open(key, byte_range):
            self.bytes_read += len(piece)
            yield piece


class _Buffer(RawIOBase):
    """Buffers the bytes that an archive writes, until they are popped."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(cast("bytes", data))
        self._written += piece
        return len(piece)

    def pop(self) -> bytes:
        popped, self._written = bytes(self._written), bytearray()
        return popped


async def _archive() -> AsyncIterator[bytes]:
    buffer = _Buffer()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        for number in range(_SLICES):
            archive.writestr(f"study/series/{number:06}.dcm", _SLICE)
            yield buffer.pop()
    yield buffer.pop()
