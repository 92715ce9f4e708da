"""UploadHandler: receives the form of `POST /upload`. The bytes are stored while the request arrives."""

from dataclasses import dataclass

from fastapi import Request

from chassis.http.context import RequestedCommand
from chassis.http.file_uploads import FileUploads, UploadedFile, content_of, file_expected
from chassis.http.uploads import Form
from chassis.ports.object_store import StoredObject
from chassis.quotas.quotas import Quotas
from storage.application.files import Files, new_object_key
from storage.domain.naming import DEFAULT_BUCKET, FileLocation, new_bucket_name, new_file_name

BUCKET_FIELD = "bucket_name"


@dataclass(frozen=True)
class Upload:
    """A stored file: its location, its size in bytes, and the revision of its stream."""

    location: FileLocation
    size: int
    revision: int


@dataclass(frozen=True)
class UploadHandler:
    """Stores the files of uploads."""

    files: Files
    uploads: FileUploads
    quotas: Quotas

    async def receive(self, request: Request, owner_id: int, bucket: str | None, command: RequestedCommand) -> Upload:
        """Store the file of a form. `bucket` is the query's; None stands for the form's. A refusal leaves no object.

        Raises HTTPException, `KeyReused`, `SpaceExceeded`, `InvalidFileName`, `InvalidBucket` and `ReservedBucket`.
        """
        if bucket is not None:
            new_bucket_name(bucket)
        key = new_object_key(owner_id)
        async with self.quotas.reservation(owner_id) as reservation:
            async with self.uploads.received(request, key, new_file_name, reservation) as form:
                location, stored = _located(owner_id, bucket, form)
                context = await command.context_of(content_of(form))
            handled = await self.files.store(location, stored, context)
            if handled.events:
                reservation.settle(f"file-{location.file_id}", handled.revision)
        return Upload(location, stored.size, handled.revision)


def _located(owner_id: int, bucket: str | None, form: Form[UploadedFile]) -> tuple[FileLocation, StoredObject]:
    if form.file is None:
        raise file_expected()
    chosen = form.fields.get(BUCKET_FIELD, DEFAULT_BUCKET) if bucket is None else bucket
    return FileLocation(owner_id, new_bucket_name(chosen), form.file.name), form.file.stored
