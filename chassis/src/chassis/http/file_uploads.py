"""FileUploads: the file of a form streams to the object store; a request that is refused leaves no object."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import orjson
from fastapi import HTTPException, Request

from chassis.http import messages
from chassis.http.uploads import Form, UploadPart, read_form
from chassis.ports.object_store import ObjectStore, StoredObject
from chassis.quotas.quotas import Reservation
from chassis.quotas.usage import Usage

FILE_FIELD = "file"


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file whose bytes are in the object store, and its name."""

    name: str
    stored: StoredObject


@dataclass(frozen=True, slots=True)
class FileUploads:
    """Receives forms with at most one file, of at most `max_bytes`, in the field `FILE_FIELD`."""

    objects: ObjectStore
    max_bytes: int

    @asynccontextmanager
    async def received(
        self, request: Request, key: str, name_of: Callable[[str], str], reservation: Reservation
    ) -> AsyncGenerator[Form[UploadedFile]]:
        """Yield the form; its file is stored under `key`, and deleted when the form or the `async with` block fails.

        `name_of` returns the file's name for the one that the client sent, or raises; then no byte is stored.
        The file and its bytes are added to the user's reservation.
        Raises HTTPException as `read_form` does, 422 for a file in another field, `SpaceExceeded` and `StoreFull`.
        """

        async def store(part: UploadPart) -> UploadedFile:
            if part.name != FILE_FIELD:
                raise file_expected()
            name = name_of(part.filename)
            await reservation.add(Usage(files=1))
            await self.objects.check_free_space()
            stored = await self.objects.put(key, _within_quota(part.chunks, reservation), part.content_type)
            await reservation.add(Usage(bytes=stored.size))
            return UploadedFile(name, stored)

        try:
            yield await read_form(request, store, self.max_bytes)
        except Exception:
            await self.objects.delete(key)
            raise


async def _within_quota(chunks: AsyncIterator[bytes], reservation: Reservation) -> AsyncIterator[bytes]:
    """Pass chunks on, and raise `SpaceExceeded` with the first one that the user has no space for."""
    bytes_left = await reservation.bytes_left()
    async for chunk in chunks:
        bytes_left -= len(chunk)
        if bytes_left < 0:
            raise reservation.space_exceeded
        yield chunk


def content_of(form: Form[UploadedFile]) -> bytes:
    """Return what a form says, for its Idempotency-Key: fields, and the file's name, type and hash."""
    file = form.file and (form.file.name, form.file.stored.content_type, form.file.stored.sha256)
    return orjson.dumps([sorted(form.fields.items()), file])


def file_expected() -> HTTPException:
    """Return the answer to a form without a file in the field `FILE_FIELD`."""
    return HTTPException(422, messages.FILE_EXPECTED.format(field=FILE_FIELD))
