"""Where the central directory of a ZIP file is, without believing what it says of itself."""

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO

END = struct.Struct("<4s4H2LH")
LOCATOR64 = struct.Struct("<4sLQL")
END64 = struct.Struct("<4sQ2H2L4Q")
ENTRY = struct.Struct("<4s6H3L5H2L")
END_MAGIC = b"PK\x05\x06"
LOCATOR64_MAGIC = b"PK\x06\x07"
END64_MAGIC = b"PK\x06\x06"
LONGEST_COMMENT = 2**16


@dataclass(frozen=True)
class Directory:
    """The central directory: its place, its length in bytes, how many entries it claims.

    `shift` is added to the offsets that the entries state: an archive may have something in front of it.
    """

    start: int
    length: int
    count: int
    shift: int


def find_directory(file: BinaryIO) -> Directory | None:
    """Return the directory, None when there is none or it lies outside the file (APPNOTE 4.3.16, ZIP64 4.3.14)."""
    size = file.seek(0, io.SEEK_END)
    tail_start = max(0, size - LONGEST_COMMENT - END.size)
    file.seek(tail_start)
    tail = file.read()
    at = tail.rfind(END_MAGIC)
    if at < 0 or len(tail) < at + END.size:
        return None
    _, disk, _, count_here, count, length, start, _ = END.unpack_from(tail, at)
    end = tail_start + at
    if 0xFFFF in (count, count_here) or 0xFFFFFFFF in (length, start):
        return _find_long_directory(file, end)
    return _checked(end, length, start, count) if disk == 0 and count == count_here else None


def _find_long_directory(file: BinaryIO, end: int) -> Directory | None:
    file.seek(max(0, end - LOCATOR64.size))
    locator = file.read(LOCATOR64.size)
    if len(locator) < LOCATOR64.size or not locator.startswith(LOCATOR64_MAGIC):
        return None
    file.seek(max(0, end - LOCATOR64.size - END64.size))
    record = file.read(END64.size)
    if not record.startswith(END64_MAGIC):
        return None
    *_, count, length, start = END64.unpack(record)
    return _checked(end - LOCATOR64.size - END64.size, length, start, count)


def _checked(end: int, length: int, start: int, count: int) -> Directory | None:
    shift = end - length - start
    if shift < 0 or count * ENTRY.size > length:
        return None
    return Directory(start=start + shift, length=length, count=count, shift=shift)
