"""The route of the embedded object store's presigned links. It requires a valid link, and no token."""

from collections.abc import AsyncIterator
from typing import Annotated, Protocol

from fastapi import APIRouter, HTTPException, Query
from starlette.requests import Request
from starlette.responses import Response

from chassis.http import messages
from chassis.http.documentation import FILE_RESPONSES, errors
from chassis.http.downloads import download_response
from chassis.ports.object_store import ByteRange, ObjectStore


class LinkVerifier(Protocol):
    """Verifies the signature and the expiry of links below `path`."""

    @property
    def path(self) -> str:
        """The path of the route."""
        ...

    async def allows(self, key: str, expires: int, filename: str, signature: str) -> bool:
        """Return whether a link is authentic and has not expired."""
        ...


def presigned_download(objects: ObjectStore, links: LinkVerifier) -> APIRouter:
    """Return a router with the route."""
    router = APIRouter(tags=[messages.FILES_SECTION.ru])

    @router.get(
        links.path,
        summary=messages.DOWNLOAD_BY_LINK.ru,
        description=messages.DOWNLOAD_BY_LINK_DESCRIPTION.ru,
        response_class=Response,
        responses={
            **FILE_RESPONSES,
            **errors(403, 404, 416, 422, examples={403: [messages.INVALID_LINK], 404: [messages.FILE_NOT_FOUND]}),
        },
    )
    async def download_by_link(  # pyright: ignore[reportUnusedFunction]
        request: Request, key: str, expires: Annotated[int, Query(ge=0, lt=2**53)], filename: str, signature: str
    ) -> Response:
        """Return the file, whole or in part (`Range`), as long as the link is valid."""

        def open_(byte_range: ByteRange | None) -> AsyncIterator[bytes]:
            return objects.open(key, byte_range)

        if not await links.allows(key, expires, filename, signature):
            raise HTTPException(403, messages.INVALID_LINK)
        return await download_response(request, await objects.stat(key), open_, filename)

    return router
