"""Streaming upload of an object, in parts (S3 multipart upload) and bounded memory."""

import asyncio
from collections.abc import AsyncIterable, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from hashlib import sha256
from typing import Any

from minio.datatypes import Part

from chassis.adapters.minio.connection import S3Client
from chassis.adapters.minio.object_location import ObjectLocation
from chassis.adapters.minio.thread_pool import ThreadPool
from chassis.ports.event_store import StoreUnavailable

PART_BYTES = 8 * 1024 * 1024
"""Minimum size of a part; S3 demands at least 5 MiB, and at most 10,000 parts."""
_MAX_PARTS_IN_FLIGHT = 3


class Upload:
    """The upload of one object: a single request below `PART_BYTES`, else a multipart upload.

    No thread waits for the client's bytes.
    """

    def __init__(self, client: S3Client, threads: ThreadPool, location: ObjectLocation, content_type: str) -> None:
        self._client, self._threads = client, threads
        self._bucket, self._name, self._content_type = location.bucket, location.name, content_type
        self._id: Future[str] | None = None
        self._parts: list[Future[Part]] = []
        self._digest, self.size = sha256(), 0
        self._hashing: Future[None] | None = None

    @property
    def sha256(self) -> str:
        """The hash of the written bytes, in hex."""
        return self._digest.hexdigest()

    async def write(self, chunks: AsyncIterable[bytes]) -> None:
        """Upload all chunks. The object appears at the end, whole."""
        buffered, size = list[bytes](), 0
        async for chunk in chunks:
            buffered.append(chunk)
            size += len(chunk)
            if size >= PART_BYTES:
                await self._send_part(buffered)
                size = 0
        await self._finish(buffered)

    async def abort(self) -> None:
        """Abort a multipart upload. If the server is down, it drops the parts itself after a day."""
        if self._id is None:
            return
        running: Sequence[Future[Any]] = [call for call in (self._id, *self._parts) if not call.cancel()]
        with suppress(StoreUnavailable):
            aborting = self._threads.start(lambda: self._abort(running))
            await asyncio.shield(asyncio.wrap_future(aborting))

    async def _send_part(self, buffered: list[bytes]) -> None:
        """Start to send a part; wait first while the maximum number of parts is in flight."""
        if len(self._parts) >= _MAX_PARTS_IN_FLIGHT:
            await asyncio.wrap_future(self._parts[-_MAX_PARTS_IN_FLIGHT])
        data = await self._joined(buffered)
        upload_id, number = await self._upload_id(), len(self._parts) + 1
        self._parts.append(
            self._threads.start(lambda: self._client.put_part(self._bucket, self._name, upload_id, number, data))
        )

    async def _finish(self, buffered: list[bytes]) -> None:
        if self._id is None:
            await self._put_whole(buffered)
            return
        if buffered:
            await self._send_part(buffered)
        upload_id = await self._upload_id()
        parts = [await asyncio.wrap_future(part) for part in self._parts]
        await self._hashed()
        await self._threads.call(lambda: self._client.complete_parts(self._bucket, self._name, upload_id, parts))

    async def _put_whole(self, buffered: list[bytes]) -> None:
        data = await self._joined(buffered)
        await self._hashed()
        await self._threads.call(lambda: self._client.put_whole(self._bucket, self._name, data, self._content_type))

    async def _upload_id(self) -> str:
        if self._id is None:
            self._id = self._threads.start(
                lambda: self._client.begin_parts(self._bucket, self._name, self._content_type)
            )
        return await asyncio.wrap_future(self._id)

    async def _joined(self, buffered: list[bytes]) -> bytes:
        """Return the buffered chunks as one part and empty the buffer; a thread hashes the part meanwhile."""
        data = b"".join(buffered)
        buffered.clear()
        self.size += len(data)
        await self._hashed()
        self._hashing = self._threads.start(lambda: self._digest.update(data))
        return data

    async def _hashed(self) -> None:
        if self._hashing:
            await asyncio.wrap_future(self._hashing)

    def _abort(self, running: Sequence[Future[Any]]) -> None:
        """Wait for the running calls first: a part that arrives after the abort would stay on the server."""
        wait(running)
        if self._id and not self._id.cancelled() and not self._id.exception():
            self._client.abort_parts(self._bucket, self._name, self._id.result())
