"""Bytes on their way out of an object."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import Future
from itertools import islice

from minio.error import S3Error
from urllib3 import BaseHTTPResponse

from chassis.adapters.minio.connection import S3Client
from chassis.adapters.minio.place import Place
from chassis.adapters.minio.threads import Threads
from chassis.ports.object_store import ByteRange

_MIB = 1024 * 1024
_AT_ONCE = 2
_Opening = Future[BaseHTTPResponse | None]


async def read(client: S3Client, threads: Threads, place: Place, wanted: ByteRange | None) -> AsyncGenerator[bytes]:
    """Yield pieces of at most 1 MiB, a few read while those before are used. Raises `ObjectNotFound` at the first."""
    opening: _Opening = threads.start(lambda: _open(client, place, wanted))
    reading: Future[list[bytes]] | None = None
    try:
        response = await asyncio.wrap_future(opening)
        if response is None:
            return
        reading = threads.start(lambda: _read(response))
        while pieces := await asyncio.wrap_future(reading):
            reading = threads.start(lambda: _read(response))
            for piece in pieces:
                yield piece
    finally:
        # Whoever stops in the middle leaves a call under way: what it uses is closed when it ends, on its thread.
        (reading or opening).add_done_callback(lambda _: _close(opening))


def _open(client: S3Client, place: Place, wanted: ByteRange | None) -> BaseHTTPResponse | None:
    """Return the response to read; None when the range lies outside of the object."""
    start, length = (wanted.start, wanted.length) if wanted else (0, 0)
    try:
        return client.get_object(place.bucket, place.name, start, length)
    except S3Error as problem:
        if problem.code == "InvalidRange":
            return None
        raise


def _read(response: BaseHTTPResponse) -> list[bytes]:
    """Return the next pieces, none at the end."""
    return list(islice(iter(lambda: response.read(_MIB, decode_content=False), b""), _AT_ONCE))


def _close(opening: _Opening) -> None:
    if not opening.cancelled() and not opening.exception() and (response := opening.result()):
        response.close()
        response.release_conn()
