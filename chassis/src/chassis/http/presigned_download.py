"""The route that presigned links of the embedded object store lead to. It needs no token, only a valid link."""

from collections.abc import AsyncIterator
from typing import Annotated, Protocol

from fastapi import APIRouter, HTTPException, Query
from starlette.requests import Request
from starlette.responses import Response

from chassis.http.documentation import FILE, Tag, errors
from chassis.http.downloads import download_response
from chassis.ports.object_store import ByteRange, ObjectStore

_REFUSED = "Ссылка недействительна или устарела"
_CONTENT = {"application/octet-stream": {"schema": dict(FILE)}}


class LinkVerifier(Protocol):
    """Verifies the signature and the expiry of links below `path`."""

    @property
    def path(self) -> str:
        """The path of the route."""
        ...

    async def allows(self, key: str, expires: int, filename: str, signature: str) -> bool:
        """Tell whether a link is authentic and has not expired."""
        ...


def presigned_download(objects: ObjectStore, links: LinkVerifier) -> APIRouter:
    """Return a router with the route."""
    router = APIRouter(tags=[Tag.FILES])

    @router.get(
        links.path,
        summary="Скачать файл по временной ссылке",
        response_class=Response,
        responses={
            200: {"description": "Содержимое файла", "content": _CONTENT},
            206: {"description": "Запрошенная часть файла", "content": _CONTENT},
            304: {"description": "Файл не изменился"},
            **errors(403, 404, 416, 422, examples={403: [_REFUSED], 404: ["Файл не найден"]}),
        },
    )
    async def download_by_link(  # pyright: ignore[reportUnusedFunction]
        request: Request, key: str, expires: Annotated[int, Query(ge=0, lt=2**53)], filename: str, signature: str
    ) -> Response:
        """Скачать файл целиком или частью (`Range`), без токена, пока ссылка действует."""

        def open_(byte_range: ByteRange | None) -> AsyncIterator[bytes]:
            return objects.open(key, byte_range)

        if not await links.allows(key, expires, filename, signature):
            raise HTTPException(403, _REFUSED)
        return await download_response(request, await objects.stat(key), open_, filename)

    return router
