"""Benchmark: storing and reading an object of 200 MB in the embedded object store against copying a file of that size.

All writes are synced; the store also computes SHA-256 and streams in pieces of 1 MiB. The copy is `shutil.copyfile`,
which copies inside the kernel, as `cp` does. The three measurements alternate.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.table import Row
from chassis.composition.embedded import embedded
from chassis.ports.object_store import ObjectStore

_MEGABYTES = 200
_PIECE = 64 * 1024
_ROUNDS = 3
_KEY = "files/large"


def rows() -> list[Row]:
    """Measure an upload and a download of 200 MB."""
    return asyncio.run(_measured())


async def _measured() -> list[Row]:
    puts, opens, copies = list[float](), list[float](), list[float]()
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        source = Path(folder) / "source"
        await asyncio.to_thread(source.write_bytes, os.urandom(_MEGABYTES * 1_000_000))
        async with embedded(Path(folder) / "data") as infrastructure:
            for _ in range(_ROUNDS):
                puts.append(await _put(infrastructure.objects, source))
                opens.append(await _open(infrastructure.objects))
                copies.append(await asyncio.to_thread(_copied, source, Path(folder) / "copy"))
    return [_row("put", puts, copies), _row("open and read", opens, copies)]


def _row(what: str, ours: list[float], copies: list[float]) -> Row:
    ratio = median(copy / own for own, copy in zip(ours, copies, strict=True))
    text = f"{what} an object of {_MEGABYTES} MB against copying a file"
    return Row(text, f"{_MEGABYTES / median(ours):,.0f} MB/s", f"{_MEGABYTES / median(copies):,.0f} MB/s", ratio)


async def _put(objects: ObjectStore, source: Path) -> float:
    started = perf_counter()
    await objects.put(_KEY, _pieces(source), "application/zip")
    return perf_counter() - started


async def _pieces(source: Path) -> AsyncIterator[bytes]:
    with source.open("rb", buffering=0) as file:
        while piece := file.read(_PIECE):
            yield piece


async def _open(objects: ObjectStore) -> float:
    started = perf_counter()
    size = sum([len(piece) async for piece in objects.open(_KEY)])
    assert size == _MEGABYTES * 1_000_000
    return perf_counter() - started


def _copied(source: Path, target: Path) -> float:
    started = perf_counter()
    shutil.copyfile(source, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return perf_counter() - started
