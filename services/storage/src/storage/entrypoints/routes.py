"""The routes of storage."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Query, Request, Response

from chassis.commands.text import nfc
from chassis.http import routing
from chassis.http.authentication import SignedIn
from chassis.http.context import CommandRequest
from chassis.http.documentation import FILE, FILE_RESPONSES, KEY_REUSED, NO_SPACE, errors, form
from chassis.http.downloads import download_response
from chassis.http.file_uploads import FILE_FIELD
from chassis.http.language import RequestLanguage
from chassis.http.security_records import Security
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.object_store import ByteRange, ObjectNotFound
from storage import messages
from storage.application.file_list import FileList
from storage.application.files import Files
from storage.domain.errors import FileNotFound
from storage.domain.naming import DEFAULT_BUCKET, FileLocation, basename, bucket_name
from storage.entrypoints.schemas import FileDeletedOut, FilesOut, LinkOut, UploadedOut
from storage.entrypoints.upload_handler import BUCKET_FIELD, UploadHandler

_WEEK = int(timedelta(days=7).total_seconds())
_INVALID_BUCKET = [messages.INVALID_BUCKET, messages.RESERVED_BUCKET.format(bucket="jobs")]
_FILE_ERRORS = {400: _INVALID_BUCKET, 404: [messages.FILE_NOT_FOUND]}

Bucket = Annotated[str, Query(alias=BUCKET_FIELD, description=messages.BUCKET_IN_QUERY.ru)]
UploadBucket = Annotated[str | None, Query(alias=BUCKET_FIELD, description=messages.UPLOAD_BUCKET_IN_QUERY.ru)]
Prefix = Annotated[str, Query(description=messages.PREFIX.ru)]
Expires = Annotated[int, Query(description=messages.EXPIRES.ru, ge=1, le=_WEEK)]


@dataclass(frozen=True)
class FileRoutes:
    """Routes of a user's own files. `read_timeout` is how long a command waits for the read model, in seconds."""

    files: Files
    file_list: FileList
    upload_handler: UploadHandler
    read_timeout: float

    @routing.post(
        "/upload",
        status_code=201,
        summary=messages.UPLOAD_FILE,
        description=messages.UPLOAD_FILE_DESCRIPTION,
        responses=errors(
            *(400, 401, 413, 422, 507),
            examples={400: [*_INVALID_BUCKET, messages.INVALID_FILE_NAME], **NO_SPACE, **KEY_REUSED},
        ),
        openapi_extra=form(
            {FILE_FIELD: FILE, BUCKET_FIELD: {"type": "string", "default": DEFAULT_BUCKET}}, [FILE_FIELD]
        ),
    )
    async def upload_file(
        self,
        request: Request,
        caller: SignedIn,
        command: CommandRequest,
        response: Response,
        language: RequestLanguage,
        bucket: UploadBucket = None,
    ) -> UploadedOut:
        """Store the file of a form."""
        upload = await self.upload_handler.receive(request, caller.user_id, bucket, command)
        location = upload.location
        await self._await_list(location.file_id, upload.revision, response)
        message = messages.FILE_UPLOADED.text(language)
        return UploadedOut(message=message, filename=location.name, bucket=location.bucket, size=upload.size)

    @routing.get(
        "/files",
        summary=messages.LIST_FILES,
        description=messages.LIST_FILES_DESCRIPTION,
        response_model=FilesOut,
        responses=errors(400, 401, 422, examples={400: _INVALID_BUCKET}),
    )
    async def list_files(self, caller: SignedIn, bucket: Bucket = DEFAULT_BUCKET, prefix: Prefix = "") -> Response:
        """Return the caller's files in a bucket, ordered by name."""
        entries = await self.file_list.entries(caller.user_id, bucket_name(bucket), nfc(prefix))
        body = b'{"bucket":%b,"files":[%b],"count":%d}' % (orjson.dumps(bucket), b",".join(entries), len(entries))
        return Response(body, media_type="application/json")

    @routing.get(
        "/download/{filename:path}",
        summary=messages.DOWNLOAD_FILE,
        description=messages.DOWNLOAD_FILE_DESCRIPTION,
        response_class=Response,
        responses={**FILE_RESPONSES, **errors(400, 401, 404, 416, 422, examples=_FILE_ERRORS)},
    )
    async def download_file(
        self,
        filename: str,
        request: Request,
        caller: SignedIn,
        security: Security,
        bucket: Bucket = DEFAULT_BUCKET,
    ) -> Response:
        """Return a file's bytes, all or the range that the request asks for."""
        location = _location(caller.user_id, bucket, filename)
        file, info = await self.files.stat(location)

        def open_(byte_range: ByteRange | None) -> AsyncIterator[bytes]:
            return self.files.objects.open(file.object_key, byte_range)

        try:
            response = await download_response(request, info, open_, basename(file.name), etag=file.sha256)
        except ObjectNotFound:
            raise FileNotFound from None
        security.record("download", f"file-{location.file_id}")
        return response

    @routing.get(
        "/files/{filename:path}/url",
        summary=messages.GET_FILE_URL,
        description=messages.GET_FILE_URL_DESCRIPTION,
        responses=errors(400, 401, 404, 422, examples=_FILE_ERRORS),
    )
    async def get_file_url(
        self,
        filename: str,
        request: Request,
        caller: SignedIn,
        security: Security,
        bucket: Bucket = DEFAULT_BUCKET,
        expires: Expires = 3600,
    ) -> LinkOut:
        """Return a URL that downloads a file without a token until it expires."""
        location = _location(caller.user_id, bucket, filename)
        url = await self.files.link(location, timedelta(seconds=expires))
        security.record("link", f"file-{location.file_id}", reason=f"valid for {expires} s")
        if url.startswith("/"):
            url = f"{str(request.base_url).rstrip('/')}{url}"
        return LinkOut(filename=location.name, url=url, expires_in_seconds=expires)

    @routing.delete(
        "/files/{filename:path}",
        summary=messages.DELETE_FILE,
        description=messages.DELETE_FILE_DESCRIPTION,
        responses=errors(400, 401, 404, 422, examples={**_FILE_ERRORS, **KEY_REUSED}),
    )
    async def delete_file(
        self,
        filename: str,
        caller: SignedIn,
        command: CommandRequest,
        response: Response,
        language: RequestLanguage,
        bucket: Bucket = DEFAULT_BUCKET,
    ) -> FileDeletedOut:
        """Delete a file."""
        location = _location(caller.user_id, bucket, filename)
        file_id, revision = await self.files.delete(location, await command.context())
        await self._await_list(file_id, revision, response)
        return FileDeletedOut(message=messages.FILE_DELETED.format(name=location.name).text(language))

    async def _await_list(self, file_id: UUID, revision: int, response: Response) -> None:
        """Set the ETag, and wait until the list shows the revision (read your writes)."""
        response.headers["ETag"] = f'"{revision}"'
        with suppress(StoreUnavailable):
            await self.file_list.wait_for(file_id, revision, self.read_timeout)


def _location(owner_id: int, bucket: str, name: str) -> FileLocation:
    return FileLocation(owner_id, bucket_name(bucket), nfc(name))
