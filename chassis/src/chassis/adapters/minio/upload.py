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
from chassis.event_store import StoreUnavailable

PART = 8 * 1024 * 1024
"""Bytes of a part, at least; S3 wants 5 MiB, and 10,000 parts at most."""
_AT_ONCE = 2


class Upload:
    """One object that is being written. No thread is held while its bytes are waited for."""

    def __init__(self, client: S3Client, threads: Threads, place: Place, content_type: str) -> None:
        self._client, self._threads = client, threads
        self._bucket, self._name, self._content_type = place.bucket, place.name, content_type
        self._id: Future[str] | None = None
        self._parts: list[Future[Part]] = []
        self._digest, self.size = sha256(), 0

    @property
    def sha256(self) -> str:
        """The hash of what was taken, in hex."""
        return self._digest.hexdigest()

    async def take(self, chunks: AsyncIterable[bytes]) -> None:
        """Store all chunks. The object appears at the end, whole."""
        waiting, held = list[bytes](), 0
        async for chunk in chunks:
            waiting.append(chunk)
            held += len(chunk)
            if held >= PART:
                data, waiting, held = b"".join(waiting), [], 0
                await self._send(data)
                del data
        await self._finish(b"".join(waiting))

    async def give_up(self) -> None:
        """Drop what was sent. What can't be dropped now, because the server is away, it drops itself after a day."""
        begun: Sequence[Future[Any]] = [*self._parts, *([self._id] if self._id else [])]
        running = [call for call in begun if not call.cancel()]
        dropping = self._threads.start(lambda: self._drop(running))
        with suppress(StoreUnavailable):
            await asyncio.shield(asyncio.wrap_future(dropping))

    async def _send(self, data: bytes) -> None:
        """Send a part; the next one may come as soon as few enough are under way."""
        await self._count(data)
        if self._id is None:
            self._id = self._threads.start(
                lambda: self._client.begin_parts(self._bucket, self._name, self._content_type)
            )
        upload_id, number = await asyncio.wrap_future(self._id), len(self._parts) + 1
        self._parts.append(
            self._threads.start(lambda: self._client.put_part(self._bucket, self._name, upload_id, number, data))
        )
        for part in self._parts[:-_AT_ONCE]:
            await asyncio.wrap_future(part)

    async def _finish(self, rest: bytes) -> None:
        if self._id is None:
            await self._count(rest)
            headers = {"Content-Type": self._content_type, **hash_header(self.sha256)}
            await self._threads.call(lambda: self._client.put_whole(self._bucket, self._name, rest, headers))
            return
        if rest:
            await self._send(rest)
        upload_id = self._id.result()
        parts = [await asyncio.wrap_future(part) for part in self._parts]
        await self._threads.call(lambda: self._join(upload_id, parts))

    async def _count(self, data: bytes) -> None:
        self.size += len(data)
        await self._threads.call(lambda: self._digest.update(data))

    def _join(self, upload_id: str, parts: list[Part]) -> None:
        etag = self._client.join_parts(self._bucket, self._name, upload_id, parts)
        remember(self._client, self._bucket, self._name, etag, self.sha256)

    def _drop(self, running: Sequence[Future[Any]]) -> None:
        """Wait first: a part that arrives after its upload was given up would stay."""
        wait(running)
        if self._id and not self._id.cancelled() and not self._id.exception():
            self._client.drop_parts(self._bucket, self._name, self._id.result())
