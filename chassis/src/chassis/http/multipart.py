"""A streaming multipart parser (RFC 7578): holds no more than the last chunk of the body."""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

_MAX_HEADERS = 8
_MAX_HEADER_BYTES = 8192


class MalformedMultipart(ValueError):
    """The body is not a complete multipart body."""


@dataclass(frozen=True, slots=True)
class PartBegins:
    """The start of a part, with its headers by lower-case name."""

    headers: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class PartData:
    """A chunk of the current part."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PartEnds:
    """The end of the current part."""


Event = PartBegins | PartData | PartEnds


class MultipartStream:
    """Feeds a body to the parser and returns its events one by one."""

    def __init__(self, body: AsyncIterator[bytes], boundary: bytes) -> None:
        self._body = body
        self._pending: deque[Event] = deque()
        self._headers: dict[str, bytes] = {}
        self._name = bytearray()
        self._value = bytearray()
        self._complete = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_header_field": self._on_header_name,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
            max_header_count=_MAX_HEADERS,
            max_header_size=_MAX_HEADER_BYTES,
        )

    async def next(self) -> Event | None:
        """Return the next event; None after the last one, when the whole body was read.

        Raises `MalformedMultipart`, and the errors of reading the body.
        """
        while not self._pending:
            chunk = await anext(self._body, None)
            if chunk is None:
                if not self._complete:
                    raise MalformedMultipart("the body ends before its last boundary")
                return None
            self._parse(chunk)
        return self._pending.popleft()

    def _parse(self, chunk: bytes) -> None:
        if self._complete:
            return  # an epilogue, which RFC 2046 (5.1.1) tells readers to ignore
        try:
            self._parser.write(chunk)
        except FormParserError as problem:
            raise MalformedMultipart(str(problem)) from problem

    def _on_header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _on_headers_finished(self) -> None:
        self._pending.append(PartBegins(self._headers))
        self._headers = {}

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self._pending.append(PartData(data[start:end]))

    def _on_part_end(self) -> None:
        self._pending.append(PartEnds())

    def _on_end(self) -> None:
        self._complete = True
