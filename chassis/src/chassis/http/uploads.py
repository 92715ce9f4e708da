"""Forms with a file: the file streams to where it is kept while it comes, in bounded memory."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from unicodedata import category
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request

from chassis.http.content_headers import filename, media_type, parameters
from chassis.http.multipart import MalformedMultipart, MultipartStream, PartBegins, PartData, PartEnds

T = TypeVar("T")
_MOST_FIELDS = 50
_LARGEST_FIELDS = 64 * 1024
_ROOM_AROUND_FILE = 1024**2
_PIECE = 256 * 1024
_UNWRITABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class UploadPart:
    """A file on its way in.

    `name` is the form's field, `filename` is as the client sent it, folders included. `chunks` must be read to the end;
    it raises what the request is to be answered with when the file is too large or breaks off, and `ClientDisconnect`.
    """

    name: str
    filename: str
    content_type: str
    chunks: AsyncIterator[bytes] = field(repr=False)


OnFile = Callable[[UploadPart], Awaitable[T]]


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """The text fields by name, and what the reader of the file returned; None when no file was sent."""

    fields: Mapping[str, str]
    file: T | None


async def read_form(request: Request, on_file: OnFile[T], max_bytes: int) -> Form[T]:
    """Read a form of at most one file, of at most `max_bytes`; fields may come before and after it.

    `on_file` is called as soon as the file begins, and reads it. What follows the file may still be refused, so
    whoever keeps the bytes removes them when this raises. Also reads URL-encoded forms and requests without a body.

    Raises HTTPException: 400 for a malformed body, 413, 422.
    """
    content_type = request.headers.get("content-type", "").encode("latin-1")
    kind = content_type.partition(b";")[0].strip().lower()
    if kind == b"multipart/form-data":
        boundary = parameters(content_type).get("boundary", b"")
        if not 0 < len(boundary) <= 200:
            raise _malformed()
        if int(request.headers.get("content-length", 0)) > max_bytes + _ROOM_AROUND_FILE:
            raise _file_too_large(max_bytes)
        return await _Reader(MultipartStream(request.stream(), boundary), on_file, max_bytes).read()
    if kind in (b"application/x-www-form-urlencoded", b""):
        return Form(_url_encoded(await request.body()), None)
    raise HTTPException(422, "Ожидается форма multipart/form-data")


@dataclass
class _Reader(Generic[T]):
    stream: MultipartStream
    on_file: OnFile[T]
    max_bytes: int
    fields: dict[str, str] = field(default_factory=dict[str, str])
    files: list[T] = field(default_factory=list[T])
    room: int = _LARGEST_FIELDS

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
        if file_name is None:
            self._keep(name, await self._text())
        elif file_name == "":
            await self._nothing()
        else:
            await self._file(UploadPart(name, file_name, media_type(part.headers.get("content-type")), self._chunks()))

    async def _file(self, part: UploadPart) -> None:
        if self.files:
            raise HTTPException(422, "Ожидается один файл")
        if any(category(character) in _UNWRITABLE for character in part.filename):
            raise HTTPException(422, "Недопустимое имя файла")
        self.files.append(await self.on_file(part))

    async def _chunks(self) -> AsyncIterator[bytes]:
        left, piece = self.max_bytes, bytearray()
        while not isinstance(event := await self._inside(), PartEnds):
            left -= len(event.data)
            if left < 0:
                raise _file_too_large(self.max_bytes)
            piece += event.data
            if len(piece) >= _PIECE:
                yield bytes(piece)
                piece.clear()
        if piece:
            yield bytes(piece)

    async def _text(self) -> str:
        value = bytearray()
        while not isinstance(event := await self._inside(), PartEnds):
            value += event.data
            self.room -= len(event.data)
            if self.room < 0:
                raise HTTPException(413, f"Поля формы слишком большие: не более {_LARGEST_FIELDS} байт")
        return _text(bytes(value))

    async def _nothing(self) -> None:
        # A browser sends a file without name and bytes when none was chosen.
        if not isinstance(await self._inside(), PartEnds):
            raise HTTPException(422, "Недопустимое имя файла")

    async def _inside(self) -> PartData | PartEnds:
        event = await self.stream.next()
        if event is None or isinstance(event, PartBegins):
            raise MalformedMultipart("a part does not end")
        return event

    def _keep(self, name: str, value: str) -> None:
        self.fields[name] = value
        if len(self.fields) > _MOST_FIELDS:
            raise HTTPException(413, f"Слишком много полей формы: не более {_MOST_FIELDS}")


def _url_encoded(body: bytes) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as problem:
        raise _malformed() from problem
    return {name: _usable(value) for name, value in pairs}


def _text(value: bytes) -> str:
    try:
        return _usable(value.decode())
    except UnicodeDecodeError as problem:
        raise HTTPException(422, "Поля формы должны быть в UTF-8") from problem


def _usable(text: str) -> str:
    if "\x00" in text:
        raise HTTPException(422, "Недопустимый символ в тексте")
    return text


def _malformed() -> HTTPException:
    return HTTPException(400, "Некорректное тело запроса")


def _file_too_large(most: int) -> HTTPException:
    return HTTPException(413, f"Файл слишком большой: не более {most} байт")
