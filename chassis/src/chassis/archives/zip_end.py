"""End of central directory record of a ZIP archive: where the directory is (PKWARE APPNOTE 6.3.10, § 4.3.14-4.3.16)."""

import re
from dataclasses import dataclass
from struct import Struct

from chassis.archives.malformed_zip import MalformedZip, ZipFault

END_SIGNATURE = b"PK\x05\x06"
LOCAL_HEADER_SIGNATURE = b"PK\x03\x04"
SMALLEST_ENTRY = 46
"""Size of a central directory header without name, extra field and comment, in bytes."""

_END = Struct("<4s4H2LH")
_LOCATOR_64 = Struct("<4sLQL")
_END_64 = Struct("<4sQ2H2L4Q")
_LOCATOR_64_SIGNATURE, _END_64_SIGNATURE = b"PK\x06\x07", b"PK\x06\x06"
_IN_END_64, _COUNT_IN_END_64 = 0xFFFFFFFF, 0xFFFF
TAIL_SIZE = 0xFFFF + _END.size + _LOCATOR_64.size + _END_64.size
"""Bytes at the end of a file that hold every record read here, with the longest comment."""


@dataclass(frozen=True, slots=True)
class DirectoryLocation:
    """Offset and size of the central directory in bytes, and the number of entries that the end record states.

    `shift` is the number of bytes before the archive proper (a self-extracting program, say): stated offsets count
    from there. `count_wraps`: only the lower 16 bits of the count are stated.
    """

    start: int
    size: int
    count: int
    shift: int
    count_wraps: bool


def locate_directory(tail: bytes, file_size: int) -> DirectoryLocation:
    """Return where the central directory is, from the last `TAIL_SIZE` bytes of a file. Raises `MalformedZip`."""
    end = _end_position(tail)
    _, disk, first_disk, count_here, count, size, offset, _ = _END.unpack_from(tail, end)
    stated_in_64 = _COUNT_IN_END_64 in (disk, count, count_here) or _IN_END_64 in (size, offset)
    end_64 = _end_64_position(tail, end, required=stated_in_64)
    if stated_in_64 and end_64 is not None:
        _, _, _, _, disk, first_disk, _, count, size, offset = _END_64.unpack_from(tail, end_64)
    elif disk or count_here != count:
        raise MalformedZip(ZipFault.MULTIPLE_DISKS)
    if disk != first_disk:
        raise MalformedZip(ZipFault.MULTIPLE_DISKS)
    start = file_size - len(tail) + (end if end_64 is None else end_64) - size
    if start < 0 or offset > start:
        raise MalformedZip(ZipFault.DIRECTORY_OUTSIDE_FILE)
    if count * SMALLEST_ENTRY > size:
        raise MalformedZip(ZipFault.ENTRY_COUNT_WRONG)
    return DirectoryLocation(
        start, size, count, shift=start - offset, count_wraps=not (stated_in_64 and end_64 is not None)
    )


def _end_position(tail: bytes) -> int:
    """Return the position of the end record: its comment may hold the signature too, and bytes may follow it."""
    found = [match.start() for match in re.finditer(re.escape(END_SIGNATURE), tail)]
    complete = [position for position in found if position + _END.size <= len(tail)]
    if not complete:
        raise MalformedZip(ZipFault.NO_END_RECORD)
    return max(complete, key=lambda position: (_likelihood(tail, position), position))


def _likelihood(tail: bytes, position: int) -> int:
    """Rank a record: 2 where its comment ends with the file, 1 where it ends before, 0 where it is cut off."""
    comment_end = position + _END.size + _END.unpack_from(tail, position)[-1]
    return 2 if comment_end == len(tail) else int(comment_end < len(tail))


def _end_64_position(tail: bytes, end: int, *, required: bool) -> int | None:
    """Return the position of the Zip64 end record, which lies before its locator; None without a locator.

    Some archivers write both although the end record holds every value (§ 4.4.1.4); then it is not `required`.
    """
    locator = end - _LOCATOR_64.size
    position = locator - _END_64.size
    if position < 0 or not tail.startswith(_LOCATOR_64_SIGNATURE, locator):
        return None
    if not tail.startswith(_END_64_SIGNATURE, position):
        if not required:
            return None
        raise MalformedZip(ZipFault.ZIP64_RECORD_DAMAGED)
    return position
