"""The routes of storage."""

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response

from chassis.http.authentication import SignedIn
from chassis.http.context import Context
from chassis.http.documentation import FILE, Tag, errors, form
from chassis.http.downloads import download_response
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.object_store import ByteRange, ObjectNotFound
from storage.application.files import Files
from storage.application.listing import Listing
from storage.domain.errors import FileNotFound, InvalidBucket, InvalidFileName, ReservedBucket
from storage.domain.naming import DEFAULT_BUCKET, Place, basename, bucket_name, composed
from storage.entrypoints.schemas import FileDeletedOut, FilesOut, LinkOut, UploadedOut
from storage.entrypoints.upload_handler import BUCKET_FIELD, FIELD, UploadHandler

ERRORS: Mapping[type[Exception], int] = {
    FileNotFound: 404,
    InvalidFileName: 400,
    InvalidBucket: 400,
    ReservedBucket: 400,
}
_WEEK = int(timedelta(days=7).total_seconds())
_BUCKET_RULE = "3-63 символа: a-z, 0-9, точка, дефис"
Bucket = Annotated[str, Query(alias=BUCKET_FIELD, description=_BUCKET_RULE)]
ChosenBucket = Annotated[
    str | None, Query(alias=BUCKET_FIELD, description=f"{_BUCKET_RULE}; можно передать и полем формы")
]
Prefix = Annotated[str, Query(description="Начало имени")]
Expires = Annotated[int, Query(description="Время жизни ссылки в секундах", ge=1, le=_WEEK)]


@dataclass(frozen=True)
class Routes:
    """Each parses, calls the application, shapes the answer. `read_timeout` is in seconds."""

    files: Files
    listing: Listing
    upload_handler: UploadHandler
    read_timeout: float

    async def upload_file(
        self,
        request: Request,
        caller: SignedIn,
        context: Context,
        response: Response,
        bucket: ChosenBucket = None,
    ) -> UploadedOut:
        """Загрузить файл. Файл с тем же именем в том же bucket заменяется; имя может содержать папки через `/`."""
        received = await self.upload_handler.receive(request, caller.user_id, bucket, context)
        place = received.place
        await self._shown(place.file_id, received.revision, response)
        message = "Файл успешно загружен"
        return UploadedOut(message=message, filename=place.name, bucket=place.bucket, size=received.size)

    async def list_files(self, caller: SignedIn, bucket: Bucket = DEFAULT_BUCKET, prefix: Prefix = "") -> Response:
        """Вернуть свои файлы по порядку имён. Bucket без файлов — пустой список."""
        entries = await self.listing.entries(caller.user_id, bucket_name(bucket), composed(prefix))
        body = b'{"bucket":%b,"files":[%b],"count":%d}' % (orjson.dumps(bucket), b",".join(entries), len(entries))
        return Response(body, media_type="application/json")

    async def download_file(
        self, filename: str, request: Request, caller: SignedIn, bucket: Bucket = DEFAULT_BUCKET
    ) -> Response:
        """Скачать файл целиком или частью (`Range`)."""
        file, info = await self.files.look(_place(caller.user_id, bucket, filename))

        def open_(byte_range: ByteRange | None) -> AsyncIterator[bytes]:
            return self.files.objects.open(file.object_key, byte_range)

        try:
            return await download_response(request, info, open_, basename(file.name), etag=file.sha256)
        except ObjectNotFound:
            raise FileNotFound from None

    async def delete_file(
        self,
        filename: str,
        caller: SignedIn,
        context: Context,
        response: Response,
        bucket: Bucket = DEFAULT_BUCKET,
    ) -> FileDeletedOut:
        """Удалить файл."""
        place = _place(caller.user_id, bucket, filename)
        file_id, revision = await self.files.delete(place, context)
        await self._shown(file_id, revision, response)
        return FileDeletedOut(message=f"Файл '{place.name}' успешно удален")

    async def get_file_url(
        self,
        filename: str,
        request: Request,
        caller: SignedIn,
        bucket: Bucket = DEFAULT_BUCKET,
        expires: Expires = 3600,
    ) -> LinkOut:
        """Получить ссылку, по которой файл скачивается без токена, пока она не истечёт."""
        place = _place(caller.user_id, bucket, filename)
        url = await self.files.link(place, timedelta(seconds=expires))
        if url.startswith("/"):
            url = f"{str(request.base_url).rstrip('/')}{url}"
        return LinkOut(filename=place.name, url=url, expires_in_seconds=expires)

    async def _shown(self, file_id: UUID, revision: int, response: Response) -> None:
        response.headers["ETag"] = f'"{revision}"'
        with suppress(StoreUnavailable):
            await self.listing.shows(file_id, revision, self.read_timeout)


def _place(owner_id: int, bucket: str, name: str) -> Place:
    return Place(owner_id, bucket_name(bucket), composed(name))


_CONTENT = {"application/octet-stream": {"schema": dict(FILE)}}
_DOWNLOADED = {
    200: {"description": "Содержимое файла", "content": _CONTENT},
    206: {"description": "Запрошенная часть файла", "content": _CONTENT},
    304: {"description": "Файл не изменился"},
}


def routes(route: Routes) -> APIRouter:
    """Return the routes, as the document orders them."""
    router = APIRouter(tags=[Tag.FILES])
    bucket = [InvalidBucket().message, ReservedBucket("jobs").message]
    name = {400: [*bucket, InvalidFileName().message]}
    missing = {400: bucket, 404: [FileNotFound().message]}
    add = router.add_api_route
    add(
        "/upload",
        route.upload_file,
        methods=["POST"],
        status_code=201,
        summary="Загрузка файла",
        responses=errors(400, 401, 413, 422, examples=name),
        openapi_extra=form({FIELD: FILE, BUCKET_FIELD: {"type": "string", "default": DEFAULT_BUCKET}}, [FIELD]),
    )
    add(
        "/files",
        route.list_files,
        methods=["GET"],
        summary="Список файлов",
        response_model=FilesOut,
        responses=errors(400, 401, 422, examples={400: bucket}),
    )
    add(
        "/download/{filename:path}",
        route.download_file,
        methods=["GET"],
        summary="Скачивание файла",
        response_class=Response,
        responses={**_DOWNLOADED, **errors(400, 401, 404, 416, 422, examples=missing)},
    )
    one, refused = "/files/{filename:path}", errors(400, 401, 404, 422, examples=missing)
    add(f"{one}/url", route.get_file_url, methods=["GET"], summary="Ссылка на файл", responses=refused)
    add(one, route.delete_file, methods=["DELETE"], summary="Удаление файла", responses=refused)
    return router
