"""Form parsing: streams the file of a form to its reader in bounded memory."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request

from chassis.commands.text import has_unwritable_characters
from chassis.http import messages
from chassis.http.body_limit import stream
from chassis.http.content_headers import filename, media_type, parameters
from chassis.http.multipart import MalformedMultipart, MultipartStream, PartBegins, PartData, PartEnds

T = TypeVar("T")
_MAX_FIELDS = 50
"""Of a form beside its file, also those that repeat a name or have no file chosen."""
_MAX_FIELDS_BYTES = 64 * 1024
_MAX_BYTES_AROUND_FILE = 1024**2
_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class UploadPart:
    """The file part of a form, while it is received.

    `name` is the form's field; `filename` is as the client sent it, folders included. `chunks` must be read to the end;
    it raises HTTPException when the file is too large or incomplete, and `ClientDisconnect`.
    """

    name: str
    filename: str
    content_type: str
    chunks: AsyncIterator[bytes] = field(repr=False)


OnFile = Callable[[UploadPart], Awaitable[T]]


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """The text fields by name, and the result of `on_file`; None when no file was sent."""

    fields: Mapping[str, str]
    file: T | None


async def read_form(request: Request, on_file: OnFile[T], max_bytes: int) -> Form[T]:
    """Read a form of at most one file, of at most `max_bytes`; fields may come before and after it.

    `on_file` is called as soon as the file begins, and reads it. What follows the file may still be refused, so
    the caller deletes the stored bytes when this raises. Also reads URL-encoded forms and requests without a body.

    Raises HTTPException: 400 for a malformed body, 413, 422.
    """
    content_type = request.headers.get("content-type", "").encode("latin-1")
    essence = content_type.partition(b";")[0].strip().lower()
    if essence == b"multipart/form-data":
        boundary = parameters(content_type).get("boundary", b"")
        if not 0 < len(boundary) <= 200:
            raise _malformed()
        if int(request.headers.get("content-length", 0)) > max_bytes + _MAX_BYTES_AROUND_FILE:
            raise _file_too_large(max_bytes)
        body = stream(request, max_bytes + _MAX_BYTES_AROUND_FILE)
        return await _Reader(MultipartStream(body, boundary), on_file, max_bytes).read()
    if essence in (b"application/x-www-form-urlencoded", b""):
        return Form(_url_encoded(await request.body()), None)
    raise HTTPException(422, messages.FORM_EXPECTED)


@dataclass
class _Reader(Generic[T]):
    stream: MultipartStream
    on_file: OnFile[T]
    max_bytes: int
    fields: dict[str, str] = field(default_factory=dict[str, str])
    files: list[T] = field(default_factory=list[T])
    field_bytes_left: int = _MAX_FIELDS_BYTES
    field_count: int = 0

    async def read(self) -> Form[T]:
        try:
            while (event := await self.stream.next()) is not None:
                if isinstance(event, PartBegins):
                    await self._part(event)
        except MalformedMultipart as problem:
            raise _malformed() from problem
        return Form(self.fields, self.files[0] if self.files else None)

    async def _part(self, part: PartBegins) -> None:
        disposition = parameters(part.headers.get("content-disposition", b""))
        try:
            name, file_name = disposition["name"].decode(), filename(disposition)
        except (KeyError, UnicodeDecodeError) as problem:
            raise _malformed() from problem
        if file_name:
            await self._file(UploadPart(name, file_name, media_type(part.headers.get("content-type")), self._chunks()))
            return
        self._count_field()
        if file_name is None:
            self.fields[name] = await self._text()
        else:
            await self._skip_empty_file()

    async def _file(self, part: UploadPart) -> None:
        if self.files:
            raise HTTPException(422, messages.ONE_FILE_EXPECTED)
        if has_unwritable_characters(part.filename):
            raise HTTPException(422, messages.INVALID_FILE_NAME)
        self.files.append(await self.on_file(part))

    async def _chunks(self) -> AsyncIterator[bytes]:
        bytes_left, chunk = self.max_bytes, bytearray()
        while not isinstance(event := await self._next_in_part(), PartEnds):
            bytes_left -= len(event.data)
            if bytes_left < 0:
                raise _file_too_large(self.max_bytes)
            chunk += event.data
            if len(chunk) >= _CHUNK_BYTES:
                yield bytes(chunk)
                chunk.clear()
        if chunk:
            yield bytes(chunk)

    async def _text(self) -> str:
        value = bytearray()
        while not isinstance(event := await self._next_in_part(), PartEnds):
            value += event.data
            self.field_bytes_left -= len(event.data)
            if self.field_bytes_left < 0:
                raise HTTPException(413, messages.FIELDS_TOO_LARGE.format(max_bytes=_MAX_FIELDS_BYTES))
        return _text(bytes(value))

    async def _skip_empty_file(self) -> None:
        # A browser sends a file part without name and bytes when the user chose no file.
        if not isinstance(await self._next_in_part(), PartEnds):
            raise HTTPException(422, messages.INVALID_FILE_NAME)

    async def _next_in_part(self) -> PartData | PartEnds:
        event = await self.stream.next()
        if event is None or isinstance(event, PartBegins):
            raise MalformedMultipart("a part does not end")
        return event

    def _count_field(self) -> None:
        self.field_count += 1
        if self.field_count > _MAX_FIELDS:
            raise _too_many_fields()


def _url_encoded(body: bytes) -> Mapping[str, str]:
    if body.count(b"&") >= _MAX_FIELDS:
        raise _too_many_fields()
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except ValueError as problem:
        raise _malformed() from problem
    return {name: _valid_text(value) for name, value in pairs}


def _text(value: bytes) -> str:
    try:
        return _valid_text(value.decode())
    except UnicodeDecodeError as problem:
        raise HTTPException(422, messages.FIELDS_NOT_UTF8) from problem


def _valid_text(text: str) -> str:
    if "\x00" in text:
        raise HTTPException(422, messages.INVALID_CHARACTER)
    return text


def _malformed() -> HTTPException:
    return HTTPException(400, messages.MALFORMED_BODY)


def _too_many_fields() -> HTTPException:
    return HTTPException(413, messages.TOO_MANY_FIELDS.format(max_fields=_MAX_FIELDS))


def _file_too_large(max_bytes: int) -> HTTPException:
    return HTTPException(413, messages.FILE_TOO_LARGE.format(max_bytes=max_bytes))
