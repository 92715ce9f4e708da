"""Byte streams that are read forward in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.reading.ignored_files import FileIgnored, Reason

CHUNK_BYTES = 2**18
FIRST_CHUNK_BYTES = 2**14
MAX_TRAILING_BYTES = 2**26
MAX_READS = 400_000


def file_pieces(path: Path, start: int, count: int) -> Iterator[bytes]:
    """Yield `count` bytes of the file from `start` (fewer if it ends); the first piece is small, for headers."""
    with path.open("rb") as file:
        file.seek(start)
        piece = file.read(min(FIRST_CHUNK_BYTES, count))
        while piece:
            yield piece
            count -= len(piece)
            piece = file.read(min(CHUNK_BYTES, count))


@dataclass
class HeaderBudget:
    """Budget for parsing all headers of an upload: read calls of the parsers, and buffered bytes."""

    reads: int = 5_000_000
    buffered: int = 2**33

    def spend(self, reads: int, buffered: int) -> None:
        """Subtract from the budget. Raises `AnalysisFailed(TOO_LARGE)` when it is exhausted."""
        self.reads -= reads
        self.buffered -= buffered
        if self.reads < 0 or self.buffered < 0:
            raise AnalysisFailed(FailureCode.TOO_LARGE, messages.HEADERS_TOO_MANY)


class SourceStream:
    """A seekable buffer over the start of a file, for header parsers; the rest is read forward only.

    Raises `FileIgnored(TOO_LARGE)` when more than `limit` bytes would be buffered, or a parser reads more
    often than any valid header requires.
    """

    def __init__(self, pieces: Iterator[bytes], limit: int, budget: HeaderBudget | None = None) -> None:
        self.budget = budget or HeaderBudget()
        self._pieces = pieces
        self._limit = limit
        self._buffer = bytearray()
        self._position = 0
        self._reads = 0

    def read(self, count: int) -> bytes:
        """Return the next `count` bytes, fewer at the end."""
        self._reads += 1
        self.budget.spend(1, 0)
        if self._reads > MAX_READS:
            raise FileIgnored(Reason.TOO_LARGE)
        end = self._position + count
        self._fill(end)
        content = bytes(self._buffer[self._position : end])
        self._position += len(content)
        return content

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to `offset` from the start (`whence` 0) or from here (1); return the position."""
        self._position = offset + (self._position if whence == 1 else 0)
        if self._position < 0:
            raise ValueError("before the start")
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def pieces(self) -> Iterator[bytes]:
        """Yield everything from the position on; afterwards the stream can neither be read nor sought."""
        self._fill(self._position)
        start, self._position = self._position, 0
        yield bytes(self._buffer[start:])
        self._buffer.clear()
        yield from self._pieces

    def _fill(self, end: int) -> None:
        while len(self._buffer) < end:
            piece = next(self._pieces, None)
            if piece is None:
                return
            if len(self._buffer) + len(piece) > self._limit:
                raise FileIgnored(Reason.TOO_LARGE)
            self.budget.spend(0, len(piece))
            self._buffer += piece


def blocks_of(pieces: Iterator[bytes], count: int) -> Iterator[bytes]:
    """Yield blocks of exactly `count` bytes; the last may be shorter."""
    block = bytearray()
    for piece in pieces:
        block += piece
        while len(block) >= count:
            yield bytes(block[:count])
            del block[:count]
    if block:
        yield bytes(block)


def skip(pieces: Iterator[bytes], count: int) -> None:
    """Read `count` bytes, then to the end. Raises `FileIgnored` when there are fewer, or too many after them."""
    for piece in pieces:
        count -= len(piece)
        if count <= 0:
            read_to_end(pieces)
            return
    raise FileIgnored(Reason.DAMAGED)


def read_to_end(pieces: Iterator[bytes]) -> None:
    """Read to the end, where checksums are verified. Raises `FileIgnored` when too many bytes follow."""
    remaining = MAX_TRAILING_BYTES
    for piece in pieces:
        remaining -= len(piece)
        if remaining < 0:
            raise FileIgnored(Reason.DAMAGED)
