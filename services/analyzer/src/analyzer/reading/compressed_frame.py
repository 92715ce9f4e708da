"""Validation of the header of a compressed frame before it is decoded: a wrong size would exhaust memory."""

import re
import struct
from collections.abc import Iterator

from pydicom import uid

from analyzer.reading.syntaxes import JPEG_2000

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
J2K_START = b"\xff\x4f\xff\x51"
FRAME_MARKERS = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
SOS, FILL = 0xDA, 0xFF
MARKER_IN_SCAN = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")
MAX_TILES = 4096
MAX_PADDING = 16
RLE_HEADER = 64


class FrameDamagedError(Exception):
    """The frame contradicts the DICOM header, or it is truncated."""


def check_frame(frame: bytes, syntax: str, rows: int, columns: int, sample_bytes: int) -> None:
    """Raise `FrameDamagedError` unless the frame is complete and declares rows x columns with one sample per pixel."""
    if syntax == uid.RLELossless:
        return _check_rle(frame, sample_bytes)
    if EOI not in frame[-MAX_PADDING:] or not frame.startswith((SOI, J2K_START)):
        raise FrameDamagedError
    declared = _size_of_jpeg_2000(frame) if syntax in JPEG_2000 else _size_of_jpeg(frame)
    if declared != (rows, columns, 1):
        raise FrameDamagedError
    return None


def _check_rle(frame: bytes, sample_bytes: int) -> None:
    """Check the RLE segment table (PS3.5 G.5): one segment per byte, ascending offsets, inside the frame."""
    count, *offsets = struct.unpack_from("<16L", frame) if len(frame) > RLE_HEADER else (0,)
    starts = offsets[:count]
    if count != sample_bytes or starts[0] != RLE_HEADER or sorted(set(starts)) != starts or starts[-1] >= len(frame):
        raise FrameDamagedError


def _size_of_jpeg_2000(frame: bytes) -> tuple[int, int, int]:
    """Return (rows, columns, components) of the SIZ segment (ISO/IEC 15444-1 A.5.1)."""
    if not frame.startswith(J2K_START) or len(frame) < 45:
        raise FrameDamagedError
    right, bottom, left, top, tile_width, tile_height, tile_left, tile_top, components = struct.unpack_from(
        ">8LH", frame, 8
    )
    if not (tile_width > 0 and tile_height > 0 and tile_left <= left < right and tile_top <= top < bottom):
        raise FrameDamagedError
    if -(-(right - tile_left) // tile_width) * -(-(bottom - tile_top) // tile_height) > MAX_TILES:
        raise FrameDamagedError
    if frame[43:45] != b"\x01\x01":
        raise FrameDamagedError
    return bottom - top, right - left, components


def _size_of_jpeg(frame: bytes) -> tuple[int, int, int]:
    """Return (rows, columns, components) of the frame header (ISO/IEC 10918-1 B.2.2, 14495-1 C.2.2).

    There must be one frame header, and one scan that ends with the image: gdcm aborts the process otherwise.
    """
    sizes = [struct.unpack_from(">BHHB", body)[1:] for marker, body in _segments(frame) if marker in FRAME_MARKERS]
    if len(sizes) != 1:
        raise FrameDamagedError
    return sizes[0]


def _segments(frame: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (marker, content) of each segment of the header, then check the entropy-coded data of the scan."""
    position = len(SOI)
    while frame.startswith(b"\xff", position):
        marker, length = struct.unpack_from(">xBH", frame, position)
        if marker == FILL:
            position += 1
            continue
        body = frame[position + 4 : position + 2 + length]
        if len(body) != length - 2:
            break
        yield marker, body
        position += 2 + length
        if marker == SOS:
            following = MARKER_IN_SCAN.search(frame, position)
            if following is None or following.group() != EOI:
                break
            return
    raise FrameDamagedError
