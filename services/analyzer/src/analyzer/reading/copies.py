"""Copies of a slice under other instance UIDs, found by their pixels."""

from collections import Counter
from hashlib import sha256

from analyzer.reading.dicom_header import read_header
from analyzer.reading.ignored_files import FileIgnored, untrusted_parsing
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.pixels import decode_frames
from analyzer.reading.stacks import Slice, Stack
from analyzer.reading.streams import SourceStream


class CopyFinder:
    """Compares the decoded frames of slices that nothing else tells apart; each file is decoded at most once."""

    def __init__(self, limits: ReadingLimits) -> None:
        self._limits = limits
        self._digests: dict[int, list[bytes | None]] = {}

    def __call__(self, stack: Stack) -> list[int]:
        """Return the indices of the slices that equal an earlier one at their position, pixel for pixel."""
        seen: set[tuple[int, bytes]] = set()
        copies: list[int] = []
        levels = stack.levels.tolist()
        at_level = Counter(levels)
        for index, (item, level) in enumerate(zip(stack.slices, levels, strict=True)):
            if at_level[level] == 1:
                continue
            digest = self._digest(item)
            if digest is not None and (level, digest) in seen:
                copies.append(index)
            elif digest is not None:
                seen.add((level, digest))
        return copies

    def _digest(self, item: Slice) -> bytes | None:
        """Return the hash of the stored values and their scale; None when the frame cannot be decoded."""
        image, plane = item
        if id(image) not in self._digests:
            self._digests[id(image)] = self._frame_digests(item)
        digests = self._digests[id(image)]
        digest = digests[plane.frame - 1] if plane.frame <= len(digests) else None
        if digest is None:
            return None
        return sha256(digest + repr((plane.slope, plane.intercept)).encode()).digest()

    def _frame_digests(self, item: Slice) -> list[bytes | None]:
        """Return the digests of the frames, None for a damaged one."""
        source = item.image.source
        digests: list[bytes | None] = []
        try:
            with untrusted_parsing():
                stream = SourceStream(source.pieces(), self._limits.header_bytes)
                header = read_header(stream, self._limits.header_bytes, source.budget)
                frames = decode_frames(header)
                digests += (None if frame is None else sha256(frame.tobytes()).digest() for frame in frames)
        except FileIgnored:
            return digests
        return digests
