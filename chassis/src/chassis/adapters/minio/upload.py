"""Bytes on their way into an object, in parts, without ever holding many of them."""

import asyncio
from collections.abc import AsyncIterable, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from hashlib import sha256
from typing import Any

from minio.datatypes import Part

from chassis.adapters.minio.connection import S3Client
from chassis.adapters.minio.known_hash import hash_header, remember
from chassis.adapters.minio.place import Place
from chassis.adapters.minio.threads import Threads
from chassis.ports.event_store import StoreUnavailable

PART = 8 * 1024 * 1024
"""Bytes of a part, at least; S3 wants 5 MiB, and 10,000 parts at most."""
_BESIDE = 2


class Upload:
    """One object that is being written. No thread is held while its bytes are waited for."""

    def __init__(self, client: S3Client, threads: Threads, place: Place, content_type: str) -> None:
        self._client, self._threads = client, threads
        self._bucket, self._name, self._content_type = place.bucket, place.name, content_type
        self._id: Future[str] | None = None
        self._parts: list[Future[Part]] = []
        self._digest, self.size = sha256(), 0
        self._counting: Future[None] | None = None

    @property
    def sha256(self) -> str:
        """The hash of what was taken, in hex."""
        return self._digest.hexdigest()

    async def take(self, chunks: AsyncIterable[bytes]) -> None:
        """Store all chunks. The object appears at the end, whole."""
        pieces, held = list[bytes](), 0
        async for chunk in chunks:
            pieces.append(chunk)
            held += len(chunk)
            if held >= PART:
                await self._send(pieces)
                held = 0
        await self._finish(pieces)

    async def give_up(self) -> None:
        """Drop what was sent. What can't be dropped now, because the server is away, it drops itself after a day."""
        if self._id is None:
            return
        running: Sequence[Future[Any]] = [call for call in (self._id, *self._parts) if not call.cancel()]
        with suppress(StoreUnavailable):
            dropping = self._threads.start(lambda: self._drop(running))
            await asyncio.shield(asyncio.wrap_future(dropping))

    async def _send(self, pieces: list[bytes]) -> None:
        """Begin to send a part, and go on: two others may still be on their way."""
        if len(self._parts) > _BESIDE:
            await asyncio.wrap_future(self._parts[-_BESIDE - 1])
        data = await self._joined(pieces)
        upload_id, number = await self._begun(), len(self._parts) + 1
        self._parts.append(
            self._threads.start(lambda: self._client.put_part(self._bucket, self._name, upload_id, number, data))
        )

    async def _finish(self, pieces: list[bytes]) -> None:
        if self._id is None:
            data = await self._joined(pieces)
            await self._counted()
            headers = {"Content-Type": self._content_type, **hash_header(self.sha256)}
            await self._threads.call(lambda: self._client.put_whole(self._bucket, self._name, data, headers))
            return
        if pieces:
            await self._send(pieces)
        upload_id = await self._begun()
        parts = [await asyncio.wrap_future(part) for part in self._parts]
        await self._counted()
        await self._threads.call(lambda: self._join(upload_id, parts))

    async def _begun(self) -> str:
        if self._id is None:
            self._id = self._threads.start(
                lambda: self._client.begin_parts(self._bucket, self._name, self._content_type)
            )
        return await asyncio.wrap_future(self._id)

    async def _joined(self, pieces: list[bytes]) -> bytes:
        """Make one of the pieces, which are dropped, and begin to count it in: it can be sent meanwhile."""
        data = b"".join(pieces)
        pieces.clear()
        self.size += len(data)
        await self._counted()
        self._counting = self._threads.start(lambda: self._digest.update(data))
        return data

    async def _counted(self) -> None:
        if self._counting:
            await asyncio.wrap_future(self._counting)

    def _join(self, upload_id: str, parts: list[Part]) -> None:
        etag = self._client.join_parts(self._bucket, self._name, upload_id, parts)
        remember(self._client, self._bucket, self._name, etag, self.sha256)

    def _drop(self, running: Sequence[Future[Any]]) -> None:
        """Wait first: a part that arrives after its upload was given up would stay."""
        wait(running)
        if self._id and not self._id.cancelled() and not self._id.exception():
            self._client.drop_parts(self._bucket, self._name, self._id.result())
