"""Inflating of zlib and gzip streams: the work depends on the packed and the inflated bytes alone, and is charged."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from isal import isal_zlib
from isal.igzip_lib import IsalError

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.reading.ignored_files import FileIgnored, Reason

RAW_DEFLATE = -15
GZIP = 31

MAX_OUTPUT_BYTES = 2**20
FIRST_STEP_BYTES = 2**8
MAX_STEP_BYTES = 2**18
_NOT_ZERO = re.compile(rb"[^\0]")


@dataclass
class InflationBudget:
    """Budget of an upload for what inflating costs beside its output, which other limits bound.

    Attributes:
        members: streams that are begun: gzip members, deflated entries of archives, deflated data sets. An honest
            file of 8 GiB in blocks of 64 KiB (bgzip) has 131,072.
        idle_bytes: packed bytes from which nothing came. Honest files have a few for each member.
    """

    members: int = 400_000
    idle_bytes: int = 2**24

    def begin_member(self) -> None:
        """Charge a new stream. Raises `AnalysisFailed(TOO_LARGE)`."""
        self.members -= 1
        self._check()

    def spend(self, idle_bytes: int) -> None:
        """Charge packed bytes without output. Raises `AnalysisFailed(TOO_LARGE)`."""
        self.idle_bytes -= idle_bytes
        self._check()

    def _check(self) -> None:
        if self.members < 0 or self.idle_bytes < 0:
            raise AnalysisFailed(FailureCode.TOO_LARGE, messages.PACKED_TOO_OFTEN)


def inflate(pieces: Iterator[bytes], wbits: int, budget: InflationBudget) -> Iterator[bytes]:
    """Yield the inflated pieces, none empty, at most `MAX_OUTPUT_BYTES` bytes at a time.

    `wbits` is zlib's: `RAW_DEFLATE` (what follows the stream is skipped) or `GZIP` (members are concatenated, zeros
    between them are skipped). Raises `FileIgnored` for damaged data, `AnalysisFailed(TOO_LARGE)` beyond the budget.
    """
    stream = _Stream(wbits, budget)
    try:
        for piece in pieces:
            yield from stream.inflate(piece)
        yield from stream.finish()
    except (IsalError, EOFError):  # pyright: ignore[reportGeneralTypeIssues]
        raise FileIgnored(Reason.DAMAGED) from None


class _Stream:
    def __init__(self, wbits: int, budget: InflationBudget) -> None:
        self._wbits, self._budget = wbits, budget
        self._surplus = 0
        self._begin_member()

    def _begin_member(self) -> None:
        self._budget.begin_member()
        self._engine = isal_zlib.decompressobj(self._wbits)
        self._step = FIRST_STEP_BYTES

    def inflate(self, piece: bytes) -> Iterator[bytes]:
        """Yield what the piece inflates to.

        It is handed to the engine in steps that double within a member, because the engine copies what is left of a
        step when a member ends: the copies are no longer than what was used.
        """
        view, position = memoryview(piece), 0
        while position < len(piece):
            if self._engine.eof:
                following = self._next_member(piece, position)
                self._charge(following - position, 0)
                position = following
                continue
            step = view[position : position + self._step]
            output = self._engine.decompress(step, MAX_OUTPUT_BYTES)
            left = len(self._engine.unused_data if self._engine.eof else self._engine.unconsumed_tail)
            position += len(step) - left
            self._charge(len(step) - left, len(output))
            self._step = min(2 * self._step, MAX_STEP_BYTES)
            if output:
                yield output

    def finish(self) -> Iterator[bytes]:
        """Yield what the engine holds back. Raises `FileIgnored` when the stream is not complete."""
        while not self._engine.eof:
            output = self._engine.decompress(b"", MAX_OUTPUT_BYTES)
            if not output:
                raise FileIgnored(Reason.DAMAGED)
            yield output

    def _next_member(self, piece: bytes, position: int) -> int:
        """Begin the next member if the piece has one; return its position, else the end."""
        found = _NOT_ZERO.search(piece, position) if self._wbits == GZIP else None
        if found is None:
            return len(piece)
        self._begin_member()
        return found.start()

    def _charge(self, packed: int, inflated: int) -> None:
        """Charge what exceeds the output, after the engine's delay: it takes bytes before it gives theirs."""
        self._surplus = min(self._surplus + inflated - packed, MAX_OUTPUT_BYTES)
        if self._surplus < -MAX_STEP_BYTES or (packed and self._engine.eof and self._surplus < 0):
            self._budget.spend(-self._surplus)
            self._surplus = 0
