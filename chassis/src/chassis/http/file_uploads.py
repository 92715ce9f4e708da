"""FileUploads: the file of a form streams to the object store; a request that is refused leaves no object."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import orjson
from fastapi import HTTPException, Request

from chassis.http import messages
from chassis.http.uploads import Form, UploadPart, read_form
from chassis.ports.object_store import ObjectStore, StoredObject

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
        self, request: Request, key: str, name_of: Callable[[str], str]
    ) -> AsyncGenerator[Form[UploadedFile]]:
        """Yield the form; its file is stored under `key`, and deleted when the form or the `async with` block fails.

        `name_of` returns the file's name for the one that the client sent, or raises; then no byte is stored.
        Raises HTTPException as `read_form` does, and 422 for a file in another field.
        """

        async def store(part: UploadPart) -> UploadedFile:
            if part.name != FILE_FIELD:
                raise file_expected()
            name = name_of(part.filename)
            return UploadedFile(name, await self.objects.put(key, part.chunks, part.content_type))

        try:
            yield await read_form(request, store, self.max_bytes)
        except Exception:
            await self.objects.delete(key)
            raise


def content_of(form: Form[UploadedFile]) -> bytes:
    """Return what a form says, for its Idempotency-Key: fields, and the file's name, type and hash."""
    file = form.file and (form.file.name, form.file.stored.content_type, form.file.stored.sha256)
    return orjson.dumps([sorted(form.fields.items()), file])


def file_expected() -> HTTPException:
    """Return the answer to a form without a file in the field `FILE_FIELD`."""
    return HTTPException(422, messages.FILE_EXPECTED.format(field=FILE_FIELD))
