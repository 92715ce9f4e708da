"""The end of a ZIP file, which says where its directory is (PKWARE APPNOTE 6.3.10, § 4.3.14-4.3.16)."""

from dataclasses import dataclass
from struct import Struct

from jobs_query.domain.errors import InvalidZip

_END = Struct("<4s4H2LH")
_LOCATOR_64 = Struct("<4sLQL")
_END_64 = Struct("<4sQ2H2L4Q")
_IN_END_64 = 0xFFFFFFFF
_COUNT_IN_END_64 = 0xFFFF
TAIL_SIZE = 0xFFFF + _END.size + _LOCATOR_64.size + _END_64.size
"""So many bytes at the end hold all that is read here, with the longest comment."""


@dataclass(frozen=True, slots=True)
class DirectoryPlace:
    """Where the directory begins, its size in bytes, how many entries it claims.

    `shift` is how many bytes stand before the archive proper: offsets of entries count from there.
    `count_wraps`: the claim is only the count's lower 16 bits.
    """

    start: int
    size: int
    count: int
    shift: int
    count_wraps: bool


def directory_place(tail: bytes, file_size: int) -> DirectoryPlace | None:
    """Find the directory, given the last bytes of the file; None: this is no ZIP. Raises `InvalidZip`."""
    position = _end_position(tail)
    if position is None:
        return None
    _, disk, first_disk, _, count, size, offset, _ = _END.unpack_from(tail, position)
    is_64 = _COUNT_IN_END_64 in (disk, count) or _IN_END_64 in (size, offset)
    end_64 = _end_64_position(tail, position) if is_64 else None
    if end_64 is not None:
        position = end_64
        _, _, _, _, disk, first_disk, _, count, size, offset = _END_64.unpack_from(tail, position)
    if disk != first_disk:
        raise InvalidZip("многотомные архивы не поддерживаются")
    start = file_size - len(tail) + position - size
    if start < 0 or offset > start:
        raise InvalidZip("оглавление выходит за пределы файла")
    return DirectoryPlace(start, size, count, shift=start - offset, count_wraps=end_64 is None)


def _end_position(tail: bytes) -> int | None:
    """Prefer the record whose comment ends with the file: a comment may hold the signature too."""
    fitting: list[int] = []
    position = tail.rfind(b"PK\x05\x06")
    while position >= 0:
        if position + _END.size <= len(tail):
            end = position + _END.size + _END.unpack_from(tail, position)[-1]
            if end == len(tail):
                return position
            fitting += [position] if end < len(tail) else []
        position = tail.rfind(b"PK\x05\x06", 0, position)
    return fitting[0] if fitting else None


def _end_64_position(tail: bytes, end: int) -> int | None:
    position = end - _LOCATOR_64.size - _END_64.size
    if position < 0 or tail[end - _LOCATOR_64.size :][:4] != b"PK\x06\x07":
        return None
    if tail[position:][:4] != b"PK\x06\x06":
        raise InvalidZip("запись Zip64 повреждена")
    return position
