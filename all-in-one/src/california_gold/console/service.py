"""Routes of the console in the one-process form; behind the gateway, nginx serves the same files alike (ADR 47)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from california_gold.console.files import BuiltFile
from chassis.runtime.service import Service

PATH = "/console"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy: nothing inline, no other origin.

NiiVue has its font as `data:`, and pictures that need a token are blobs.
"""
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}
_PAGE = "index.html"
_HASHED = "assets/"
_FOR_EVER = "public, max-age=31536000, immutable"
_GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))|,|$)", re.IGNORECASE)


def build(files: Mapping[str, BuiltFile]) -> Service:
    """Return the service that serves a built console."""
    router = APIRouter()
    serve = _Files(files)
    router.routes += [
        Route("/", _Entrance()),
        Route(PATH, serve.page, include_in_schema=False),
        Route(f"{PATH}/{{path:path}}", serve.file, include_in_schema=False),
    ]
    return Service("console", router, unlimited_paths=(PATH,))


@dataclass(frozen=True)
class _Entrance:
    """The address without a path: it leads a browser to the console; everybody else finds nothing there, as ever."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if request.method != "GET" or "text/html" not in request.headers.get("Accept", ""):
            raise HTTPException(404)
        response = RedirectResponse(f"{PATH}/", 307, {"Vary": "Accept"})
        await response(scope, receive, send)


@dataclass(frozen=True)
class _Files:
    files: Mapping[str, BuiltFile]

    async def page(self, request: Request) -> Response:
        return answer(self.files, _PAGE, request.headers)

    async def file(self, request: Request) -> Response:
        return answer(self.files, request.path_params["path"], request.headers)


def answer(files: Mapping[str, BuiltFile], path: str, asked: Mapping[str, str]) -> Response:
    """Return a file of the console as a browser asks for it by its headers. Raises a 404 for what is none."""
    file = files.get(path)
    if file is None:
        raise HTTPException(404)
    caching = _FOR_EVER if path.startswith(_HASHED) else "no-cache"
    headers = {**_HEADERS, "Cache-Control": caching, "ETag": file.etag}
    if file.etag in asked.get("If-None-Match", ""):
        return Response(None, 304, headers)
    if file.compressed is not None and _GZIP.search(asked.get("Accept-Encoding", "")):
        return Response(file.compressed, 200, {**headers, "Content-Encoding": "gzip"}, file.media_type)
    return Response(file.content, 200, headers, file.media_type)
