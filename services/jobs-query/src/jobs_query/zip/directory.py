"""The directory of a ZIP file: one header an entry (PKWARE APPNOTE 6.3.10, § 4.3.12)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import Struct, error

from jobs_query.domain.errors import InvalidZip
from jobs_query.zip.end import DirectoryPlace

_HEADER = Struct("<4s6H3L5H2L")
_LOCAL_HEADER_SIZE = 30
_ZIP64 = 0x0001
_IN_ZIP64 = 0xFFFFFFFF
_ENCRYPTED = 0x0001
_UTF_8 = 0x0800
_SIGNATURE = b"PK\x01\x02"
_DIGITAL_SIGNATURE = b"PK\x05\x05"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in an archive, as the directory tells of it. Sizes in bytes; `offset` is that of its local header."""

    name: str
    size: int
    compressed_size: int
    encrypted: bool
    offset: int
    header_size: int


def read_directory(directory: bytes, place: DirectoryPlace) -> Sequence[Entry]:
    """Return the entries that are no folders. Raises `InvalidZip` when they are not what the archive claims."""
    try:
        entries = list(_entries(directory))
    except error:
        raise InvalidZip("оглавление обрывается") from None
    claimed = len(entries) & 0xFFFF if place.count_wraps else len(entries)
    if claimed != place.count:
        raise InvalidZip("число файлов не совпадает с заявленным")
    _check_places(entries, place)
    return [entry for entry in entries if not entry.name.endswith("/")]


def _entries(directory: bytes) -> Iterator[Entry]:
    position = 0
    while position < len(directory) and directory[position : position + 4] != _DIGITAL_SIGNATURE:
        fields = _HEADER.unpack_from(directory, position)
        signature, flags, sizes, lengths, offset = fields[0], fields[3], fields[8:10], fields[10:13], fields[16]
        if signature != _SIGNATURE:
            raise InvalidZip("оглавление повреждено")
        name_end = position + _HEADER.size + lengths[0]
        extra_end = name_end + lengths[1]
        position, name = extra_end + lengths[2], directory[position + _HEADER.size : name_end]
        if position > len(directory):
            raise InvalidZip("оглавление обрывается")
        size, compressed, offset = _full_sizes(directory[name_end:extra_end], sizes[1], sizes[0], offset)
        header_size = _LOCAL_HEADER_SIZE + lengths[0]
        yield Entry(_text(name, flags), size, compressed, bool(flags & _ENCRYPTED), offset, header_size)


def _full_sizes(extra: bytes, *sizes: int) -> Iterator[int]:
    """Replace each size that does not fit 32 bits by the next one of the Zip64 field, which keeps this order."""
    wide = _zip64_values(extra) if _IN_ZIP64 in sizes else iter(())
    for size in sizes:
        yield next(wide, size) if size == _IN_ZIP64 else size


def _zip64_values(extra: bytes) -> Iterator[int]:
    position = 0
    while position + 4 <= len(extra):
        kind, length = int.from_bytes(extra[position : position + 2], "little"), extra[position + 2 : position + 4]
        field = extra[position + 4 : position + 4 + int.from_bytes(length, "little")]
        if kind == _ZIP64:
            return (int.from_bytes(field[start : start + 8], "little") for start in range(0, len(field) - 7, 8))
        position += 4 + int.from_bytes(length, "little")
    return iter(())


def _text(name: bytes, flags: int) -> str:
    if flags & _UTF_8:
        return name.decode("utf-8", "replace")
    try:
        # Archivers on macOS write UTF-8 and do not say so.
        return name.decode("utf-8")
    except UnicodeDecodeError:
        # The old code page of the system: where this API's language is spoken that is 866, not 437.
        return name.decode("cp866")


def _check_places(entries: Sequence[Entry], place: DirectoryPlace) -> None:
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.offset):
        if entry.offset < end:
            raise InvalidZip("файлы в архиве перекрываются")
        end = entry.offset + entry.header_size + entry.compressed_size
    if end + place.shift > place.start:
        raise InvalidZip("архив обрывается")
