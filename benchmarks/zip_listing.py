"""Listing a large ZIP in the object store: how much of it is read."""

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
    """Measure the share of a 1 GiB archive of 2,048 slices that its list needs; the ratio is the goal to that share."""
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        return uvloop.run(_measured(Path(folder)))


async def _measured(folder: Path) -> list[Row]:
    async with embedded(folder) as infrastructure:
        stored = await infrastructure.objects.put(_KEY, _archive(), "application/zip")
        counting = _Counting(infrastructure.objects)
        began = perf_counter()
        entries = await list_zip(cast("ObjectStore", counting), _KEY, stored.size)
        seconds = perf_counter() - began
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
class _Counting:
    """Counts what is read of the objects of a store."""

    objects: ObjectStore
    bytes_read: int = 0

    async def open(self, key: str, byte_range: ByteRange | None = None) -> AsyncIterator[bytes]:
        async for piece in self.objects.open(key, byte_range):
            self.bytes_read += len(piece)
            yield piece


class _Sink(RawIOBase):
    """Takes what an archive writes, and gives it away again."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(cast("bytes", data))
        self._written += piece
        return len(piece)

    def take(self) -> bytes:
        taken, self._written = bytes(self._written), bytearray()
        return taken


async def _archive() -> AsyncIterator[bytes]:
    sink = _Sink()
    with ZipFile(sink, "w", ZIP_STORED) as archive:
        for number in range(_SLICES):
            archive.writestr(f"study/series/{number:06}.dcm", _SLICE)
            yield sink.take()
    yield sink.take()
