"""Structure of JPEG 2000: boxes of a JP2 file around the codestream, and tile-parts in it (ISO/IEC 15444-1)."""

import struct

CODESTREAM = b"\xff\x4f\xff\x51"
"""SOC and SIZ, the first two markers."""

EOC = b"\xff\xd9"
SOT = 0xFF90
MAX_BOXES, MAX_PARTS = 64, 2**16


def unboxed(content: bytes) -> bytes:
    """Return the first contiguous codestream box (annex I.5.4) of a JP2 file, or the content if it has no boxes.

    DICOM wants the bare codestream (PS3.5 A.4.4); some encoders write the whole file.
    """
    position = 0
    for _ in range(0 if content.startswith(CODESTREAM) else MAX_BOXES):
        if position + 8 > len(content):
            break
        length, kind = struct.unpack_from(">L4s", content, position)
        start = position + 8
        if length == 1 and position + 16 <= len(content):
            (length,) = struct.unpack_from(">Q", content, start)
            start += 8
        end = position + length if length else len(content)
        if end < start:
            break
        if kind == b"jp2c":
            return content[start:end]
        position = end
    return content


def ended(codestream: bytes) -> bytes:
    """Return the codestream with its end marker, and nothing after it, when all tile-parts are there (annex A.4.2).

    Some encoders forget the marker. Raises ValueError for a codestream that ends inside of a tile-part.
    """
    end = _end_of_tile_parts(codestream)
    if end is None:
        return codestream
    if end > len(codestream) or codestream.endswith(EOC, 0, end):
        raise ValueError("a tile-part is cut off")
    return codestream[:end] + EOC


def _end_of_tile_parts(codestream: bytes) -> int | None:
    """Return where the last tile-part says that it ends; None when one does not state its length."""
    position, seen = 2, False
    for _ in range(MAX_PARTS):
        if position + 4 > len(codestream):
            break
        marker, length = struct.unpack_from(">HH", codestream, position)
        if marker == SOT and position + 12 <= len(codestream):
            (part,) = struct.unpack_from(">L", codestream, position + 6)
            position, seen = position + part, True
            if part < length:
                return None
        elif seen or marker >> 8 != 0xFF:
            break
        else:
            position += 2 + length
    return position if seen else None
