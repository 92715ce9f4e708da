"""RLE segments that decode to more bytes than a frame has, cut to its size (PS3.5 annex G)."""

import struct
from itertools import pairwise

HEADER = 64
NO_OPERATION = 128


def cut_to_size(frame: bytes, pixels: int) -> bytes:
    """Return the frame with every segment cut where it has decoded to one byte for each pixel.

    Some encoders pack their padding with the pixels. Raises ValueError for a segment that decodes to fewer bytes.
    """
    count, *offsets = struct.unpack_from("<16L", frame)
    starts = [*offsets[:count], len(frame)]
    segments = [_cut(frame[start:end], pixels) for start, end in pairwise(starts)]
    positions = [HEADER + sum(map(len, segments[:number])) for number in range(len(segments))]
    header = struct.pack("<16L", len(segments), *positions, *[0] * (15 - len(segments)))
    return header + b"".join(segments)


def _cut(segment: bytes, size: int) -> bytes:
    """Walk the runs (annex G.3.1): 0 to 127 precedes one more literal bytes, 129 to 255 repeats one byte."""
    position, missing = 0, size
    while missing:
        if position + 1 >= len(segment):
            raise ValueError("the segment ends before the frame")
        code = segment[position]
        if code == NO_OPERATION:
            position += 1
            continue
        literal = code < NO_OPERATION
        run = code + 1 if literal else 257 - code
        if run > missing:
            return _even(segment[:position] + _run(segment, position, missing, literal))
        position += 1 + (run if literal else 1)
        missing -= run
    if position > len(segment):
        raise ValueError("the segment ends inside of a run")
    return _even(segment[:position])


def _run(segment: bytes, position: int, length: int, literal: bool) -> bytes:
    """Return the first `length` bytes of a run as a run of its own."""
    content = segment[position + 1 : position + 1 + (length if literal else 1)]
    if len(content) < (length if literal else 1):
        raise ValueError("the segment ends inside of a run")
    if literal or length == 1:
        return bytes([length - 1]) + content
    return bytes([257 - length]) + content


def _even(segment: bytes) -> bytes:
    return segment + b"\0" * (len(segment) % 2)
