"""Bytes that are read forward in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from isal import isal_zlib
from isal.igzip_lib import IsalError

from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.reading.ignored import Ignored, Reason

PIECE = 2**18
FIRST_PIECE = 2**14
OUTPUT = 2**20
LONGEST_END = 2**26
MOST_READS = 400_000

RAW_DEFLATE = -15
GZIP = 31


def file_pieces(path: Path, start: int, count: int) -> Iterator[bytes]:
    """Yield `count` bytes of the file from `start` (fewer if it ends); the first piece is small, for headers."""
    with path.open("rb") as file:
        file.seek(start)
        piece = file.read(min(FIRST_PIECE, count))
        while piece:
            yield piece
            count -= len(piece)
            piece = file.read(min(PIECE, count))


def inflate(pieces: Iterator[bytes], wbits: int) -> Iterator[bytes]:
    """Yield what the pieces inflate to, at most `OUTPUT` bytes at a time.

    `wbits` is zlib's: `RAW_DEFLATE` or `GZIP` (several members are joined). Raises `Ignored` when the data is damaged.
    """
    engine = isal_zlib.decompressobj(wbits)
    try:
        for piece in pieces:
            while piece:
                if engine.eof:
                    engine = isal_zlib.decompressobj(wbits)
                yield engine.decompress(piece, OUTPUT)
                piece = _next_member(engine.unused_data, wbits) if engine.eof else engine.unconsumed_tail
        while not engine.eof:
            rest = engine.decompress(b"", OUTPUT)
            if not rest:
                raise Ignored(Reason.DAMAGED)
            yield rest
    except (IsalError, EOFError):  # pyright: ignore[reportGeneralTypeIssues]
        raise Ignored(Reason.DAMAGED) from None


def _next_member(trailing: bytes, wbits: int) -> bytes:
    return trailing.lstrip(b"\0") if wbits == GZIP else b""


@dataclass
class HeaderBudget:
    """What parsing all headers of an upload may cost: steps of the parsers, and bytes to remember."""

    reads: int = 5_000_000
    remembered: int = 2**33

    def spend(self, reads: int, remembered: int) -> None:
        """Take from it. Raises `AnalysisFailed(TOO_LARGE)` when it is used up."""
        self.reads -= reads
        self.remembered -= remembered
        if self.reads < 0 or self.remembered < 0:
            raise AnalysisFailed(FailureCode.TOO_LARGE, "Служебных данных в файлах слишком много.")


class SourceStream:
    """The beginning of a file, remembered so that a parser may step back; then the rest, forward only.

    Raises `Ignored(TOO_LARGE)` when more than `limit` bytes would have to be remembered, or a parser takes more steps
    than any honest header needs.
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
        if self._reads > MOST_READS:
            raise Ignored(Reason.TOO_LARGE)
        end = self._position + count
        self._remember(end)
        found = bytes(self._buffer[self._position : end])
        self._position += len(found)
        return found

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
        """Yield everything from here on. What was yielded is forgotten: no more reading or seeking."""
        self._remember(self._position)
        start, self._position = self._position, 0
        yield bytes(self._buffer[start:])
        self._buffer.clear()
        yield from self._pieces

    def _remember(self, end: int) -> None:
        while len(self._buffer) < end:
            piece = next(self._pieces, None)
            if piece is None:
                return
            if len(self._buffer) + len(piece) > self._limit:
                raise Ignored(Reason.TOO_LARGE)
            self.budget.spend(0, len(piece))
            self._buffer += piece


def take(pieces: Iterator[bytes], count: int) -> Iterator[bytes]:
    """Yield blocks of exactly `count` bytes; the last may be shorter."""
    block = bytearray()
    for piece in pieces:
        block += piece
        while len(block) >= count:
            yield bytes(block[:count])
            del block[:count]
    if block:
        yield bytes(block)


def drain(pieces: Iterator[bytes]) -> None:
    """Read to the end, where checksums are compared. Raises `Ignored` when the end is too far away."""
    room = LONGEST_END
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            raise Ignored(Reason.DAMAGED)
