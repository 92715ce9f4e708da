"""Files on their way out: ranges, validators, names (RFC 9110, RFC 6266)."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chassis.http.problems import problem
from chassis.http.request_state import request_state
from chassis.ports.attachment import attachment
from chassis.ports.object_store import ByteRange, ObjectInfo

Open = Callable[[ByteRange | None], AsyncIterator[bytes]]
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_TAG = re.compile(r'(?:W/)?("[^"]*")')


async def download_response(
    request: Request, info: ObjectInfo, open_: Open, filename: str, etag: str | None = None
) -> Response:
    """Return an object, or the part that Range asks for, or 304 or 416. Raises `ObjectNotFound` when it is gone.

    `etag`: the hash that a fact carries; by default the object store's validator. Several ranges at once are answered
    with the whole. HEAD is answered by the edge, from the same headers.
    """
    tag = f'"{etag or info.etag}"'
    headers = {
        "ETag": tag,
        "Last-Modified": format_datetime(_whole_seconds(info.modified), usegmt=True),
        "Accept-Ranges": "bytes",
        "Content-Disposition": attachment(filename),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
    }
    if _is_fresh(request, tag, info.modified):
        return Response(status_code=304, headers=headers)
    wanted = _range(request, tag, info)
    if wanted is not None and wanted.length <= 0:
        return problem(416, headers={"Content-Range": f"bytes */{info.size}"})
    if wanted is not None:
        headers["Content-Range"] = f"bytes {wanted.start}-{wanted.start + wanted.length - 1}/{info.size}"
    headers["Content-Length"] = str(wanted.length if wanted else info.size)
    headers["Content-Type"] = info.content_type
    pieces = cast("AsyncGenerator[bytes]", open_(wanted))
    # Asked for before the status is sent, so that an object that is gone can still be answered 404.
    first = await anext(pieces, b"")
    if request_state(request).head:
        await pieces.aclose()
        return Response(None, 206 if wanted else 200, headers)
    return _Streamed(206 if wanted else 200, headers, first, pieces)


class _Streamed(Response):
    """A body in pieces that stops being read when the client goes away."""

    def __init__(self, status: int, headers: Mapping[str, str], first: bytes, pieces: AsyncGenerator[bytes]) -> None:
        super().__init__(None, status, headers)
        self._first = first
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            async with aclosing(self._pieces):
                await self._send(send, gone)
        finally:
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await gone

    async def _send(self, send: Send, gone: "asyncio.Future[None]") -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self._first, "more_body": True})
        async for piece in self._pieces:
            if gone.done():
                return
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _is_fresh(request: Request, tag: str, modified: datetime) -> bool:
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or tag in _TAG.findall(tags)
    since = _date(request.headers.get("if-modified-since", ""))
    return since is not None and _whole_seconds(modified) <= since


def _range(request: Request, tag: str, info: ObjectInfo) -> ByteRange | None:
    """Return what Range asks for; None for the whole, a length that is not positive when it lies outside."""
    wanted = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if wanted is None or wanted.group() == "bytes=-" or not _still(request.headers.get("if-range"), tag, info):
        return None
    first, last = wanted.groups()
    if not first:
        length = min(int(last), info.size)
        return ByteRange(info.size - length, length)
    start, end = int(first), min(int(last or info.size), info.size - 1)
    if last and int(last) < start:
        return None
    return ByteRange(start, end - start + 1)


def _still(if_range: str | None, tag: str, info: ObjectInfo) -> bool:
    """Say whether what the client has the rest of is still what is info."""
    return if_range is None or if_range == tag or _date(if_range) == _whole_seconds(info.modified)


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _whole_seconds(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
