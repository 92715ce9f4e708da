"""How an upload comes in: its bytes go to the object store while they arrive."""

from dataclasses import dataclass

from fastapi import HTTPException, Request

from chassis.commands.context import CommandContext
from chassis.http.uploads import Form, UploadPart, read_form
from chassis.ports.object_store import StoredObject
from storage.application.files import Files, new_key
from storage.domain.naming import DEFAULT_BUCKET, Place, bucket_name, file_name

FIELD = "file"
BUCKET_FIELD = "bucket_name"


@dataclass(frozen=True)
class Received:
    """A file that has its bytes and its fact."""

    place: Place
    size: int
    revision: int


@dataclass(frozen=True)
class UploadHandler:
    """Takes uploads of at most `max_bytes`."""

    files: Files
    max_bytes: int

    async def receive(self, request: Request, owner_id: int, bucket: str | None, context: CommandContext) -> Received:
        """Store the file of a form. The bucket is the query's, or else the form's. What is refused leaves nothing.

        Raises HTTPException, `InvalidFileName`, `InvalidBucket` and `ReservedBucket`.
        """
        if bucket is not None:
            bucket_name(bucket)
        key = new_key(owner_id)

        async def keep(part: UploadPart) -> tuple[str, StoredObject]:
            if part.name != FIELD:
                raise _no_file()
            name = file_name(part.filename)
            return name, await self.files.keep(key, part.chunks, part.content_type)

        try:
            form = await read_form(request, keep, self.max_bytes)
            place, kept = _placed(owner_id, bucket, form)
        except Exception:
            await self.files.forget(key)
            raise
        return Received(place, kept.size, await self.files.store(place, kept, context))


def _placed(owner_id: int, bucket: str | None, form: Form[tuple[str, StoredObject]]) -> tuple[Place, StoredObject]:
    if form.file is None:
        raise _no_file()
    name, kept = form.file
    chosen = form.fields.get(BUCKET_FIELD, DEFAULT_BUCKET) if bucket is None else bucket
    return Place(owner_id, bucket_name(chosen), name), kept


def _no_file() -> HTTPException:
    return HTTPException(422, f"Файл ожидается в поле {FIELD}")
