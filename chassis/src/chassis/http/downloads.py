"""Downloads: range requests, conditional requests, file names (RFC 9110, RFC 6266)."""

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
_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')


async def download_response(
    request: Request, info: ObjectInfo, open_: Open, filename: str, etag: str | None = None
) -> Response:
    """Return an object, the requested range of it, a 304 or a 416. Raises `ObjectNotFound` when it was deleted.

    `etag`: the hash that an event recorded; by default the object store's entity tag. A request of several ranges gets
    the whole object.
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
    byte_range = _range(request, tag, info)
    if byte_range is not None and byte_range.length <= 0:
        return problem(416, headers={"Content-Range": f"bytes */{info.size}"})
    if byte_range is not None:
        headers["Content-Range"] = f"bytes {byte_range.start}-{byte_range.start + byte_range.length - 1}/{info.size}"
    headers["Content-Length"] = str(byte_range.length if byte_range else info.size)
    headers["Content-Type"] = info.content_type
    chunks = cast("AsyncGenerator[bytes]", open_(byte_range))
    # The first chunk is read before the status is sent, so that a deleted object can still be answered 404.
    first = await anext(chunks, b"")
    if request_state(request).head:
        await chunks.aclose()
        return Response(None, 206 if byte_range else 200, headers)
    return _Streamed(206 if byte_range else 200, headers, first, chunks)


class _Streamed(Response):
    """A streaming body that is no longer read when the client disconnects."""

    def __init__(self, status: int, headers: Mapping[str, str], first: bytes, chunks: AsyncGenerator[bytes]) -> None:
        super().__init__(None, status, headers)
        self._first = first
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        disconnected = asyncio.ensure_future(_disconnected(receive))
        try:
            async with aclosing(self._chunks):
                await self._send(send, disconnected)
        finally:
            disconnected.cancel()
            with suppress(asyncio.CancelledError):
                await disconnected

    async def _send(self, send: Send, disconnected: "asyncio.Future[None]") -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self._first, "more_body": True})
        async for chunk in self._chunks:
            if disconnected.done():
                return
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _is_fresh(request: Request, tag: str, modified: datetime) -> bool:
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or tag in _ENTITY_TAG.findall(tags)
    since = _date(request.headers.get("if-modified-since", ""))
    return since is not None and _whole_seconds(modified) <= since


def _range(request: Request, tag: str, info: ObjectInfo) -> ByteRange | None:
    """Return the range to send: None for the whole object, a length of 0 or less when the range is outside of it."""
    requested = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if requested is None or requested.group() == "bytes=-" or not _if_range_matches(request, tag, info):
        return None
    first, last = requested.groups()
    if not first:
        length = min(int(last), info.size)
        return ByteRange(info.size - length, length)
    start, end = int(first), min(int(last or info.size), info.size - 1)
    if last and int(last) < start:
        return None
    return ByteRange(start, end - start + 1)


def _if_range_matches(request: Request, tag: str, info: ObjectInfo) -> bool:
    """Return whether If-Range, if there is one, names this object: the client has another part of it."""
    if_range = request.headers.get("if-range")
    return if_range is None or if_range == tag or _date(if_range) == _whole_seconds(info.modified)


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _whole_seconds(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(microsecond=0)
