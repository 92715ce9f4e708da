"""Streaming download of an object."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import Future
from itertools import islice

from minio.error import S3Error
from urllib3 import BaseHTTPResponse

from chassis.adapters.minio.connection import S3Client
from chassis.adapters.minio.object_location import ObjectLocation
from chassis.adapters.minio.thread_pool import ThreadPool
from chassis.ports.object_store import ByteRange

_MIB = 1024 * 1024
_READ_AHEAD = 2
_Opening = Future[BaseHTTPResponse | None]


async def download(
    client: S3Client, threads: ThreadPool, location: ObjectLocation, byte_range: ByteRange | None
) -> AsyncGenerator[bytes]:
    """Yield pieces of at most 1 MiB and read ahead meanwhile. Raises `ObjectNotFound` at the first piece."""
    opening: _Opening = threads.start(lambda: _open(client, location, byte_range))
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
        # A consumer that stops early leaves a call running: its thread closes the response when the call ends.
        (reading or opening).add_done_callback(lambda _: _close(opening))


def _open(client: S3Client, location: ObjectLocation, byte_range: ByteRange | None) -> BaseHTTPResponse | None:
    """Return the response to read; None for a range outside of the object."""
    start, length = (byte_range.start, byte_range.length) if byte_range else (0, 0)
    try:
        return client.get_object(location.bucket, location.name, start, length)
    except S3Error as problem:
        if problem.code == "InvalidRange":
            return None
        raise


def _read(response: BaseHTTPResponse) -> list[bytes]:
    """Return the next pieces; an empty list at the end."""
    return list(islice(iter(lambda: response.read(_MIB, decode_content=False), b""), _READ_AHEAD))


def _close(opening: _Opening) -> None:
    if not opening.cancelled() and not opening.exception() and (response := opening.result()):
        response.close()
        response.release_conn()
