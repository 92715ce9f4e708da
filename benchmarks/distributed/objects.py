"""Benchmark: storing and reading an object of 200 MB through the port, against the bare `minio` client, alternating."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from time import perf_counter

from minio import Minio

from benchmarks.table import Row
from chassis.composition.distributed import distributed
from chassis.ports.object_store import ObjectStore
from tests.servers import minio
from tests.servers.infrastructure import settings_from
from tests.servers.infrastructure_servers import InfrastructureServers

_MEGABYTES = 200
_SIZE = _MEGABYTES * 1_000_000
_PART = 8 * 1024**2
_PIECE = 1024**2
_ROUNDS = 3


async def rows(servers: InfrastructureServers, folder: Path) -> list[Row]:
    """Measure an upload and a download."""
    source = folder / "source"
    await asyncio.to_thread(source.write_bytes, os.urandom(_SIZE))
    bare = Minio(
        servers.minio.endpoint.partition("://")[2],
        access_key=minio.ACCESS_KEY,
        secret_key=minio.SECRET_KEY,
        secure=False,
    )
    await asyncio.to_thread(bare.make_bucket, "bare")
    puts, gets, bare_puts, bare_gets = list[float](), list[float](), list[float](), list[float]()
    async with distributed(settings_from(servers.settings())) as infrastructure:
        for _ in range(_ROUNDS):
            puts.append(await _put(infrastructure.objects, source))
            bare_puts.append(await asyncio.to_thread(_bare_put, bare, source))
            gets.append(await _get(infrastructure.objects))
            bare_gets.append(await asyncio.to_thread(_bare_get, bare))
    return [_row("put", puts, bare_puts), _row("open and read", gets, bare_gets)]


def _row(what: str, ours: list[float], bare: list[float]) -> Row:
    ratio = median(theirs / own for own, theirs in zip(ours, bare, strict=True))
    text = f"{what} an object of {_MEGABYTES} MB against the bare client"
    return Row(text, f"{_MEGABYTES / median(ours):,.0f} MB/s", f"{_MEGABYTES / median(bare):,.0f} MB/s", ratio)


async def _put(objects: ObjectStore, source: Path) -> float:
    started = perf_counter()
    await objects.put("files/large", _pieces(source), "application/zip")
    return perf_counter() - started


async def _pieces(source: Path) -> AsyncIterator[bytes]:
    with source.open("rb", buffering=0) as file:
        while piece := file.read(64 * 1024):
            yield piece


async def _get(objects: ObjectStore) -> float:
    started = perf_counter()
    if sum([len(piece) async for piece in objects.open("files/large")]) != _SIZE:
        raise RuntimeError("the object was not read completely")
    return perf_counter() - started


def _bare_put(client: Minio, source: Path) -> float:
    started = perf_counter()
    with source.open("rb") as file:
        client.put_object("bare", "large", file, length=-1, part_size=_PART)
    return perf_counter() - started


def _bare_get(client: Minio) -> float:
    started = perf_counter()
    response = client.get_object("bare", "large")
    try:
        if sum(len(piece) for piece in response.stream(_PIECE)) != _SIZE:
            raise RuntimeError("the object was not read completely")
    finally:
        response.close()
        response.release_conn()
    return perf_counter() - started
