"""Central directory of a ZIP archive: one header per entry (PKWARE APPNOTE 6.3.10, § 4.3.12)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import Struct

from chassis.archives.malformed_zip import MalformedZip, ZipFault
from chassis.archives.zip_end import DirectoryLocation

_HEADER = Struct("<4s6H3L5H2L")
_LOCAL_HEADER_SIZE = 30
_EXTRA_HEADER = Struct("<2H")
_ZIP64, _IN_ZIP64 = 0x0001, 0xFFFFFFFF
_UTF_8 = 0x0800
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
"""Flags (§ 4.4.4): encrypted, strongly encrypted, local header masked."""

_UNSAFE_NAME = re.compile(r"^/|^[A-Za-z]:|(^|/)\.\.(/|$)|[\\\0]")

_SIGNATURE, _DIGITAL_SIGNATURE = b"PK\x01\x02", b"PK\x05\x05"


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """A file or folder in an archive, as the directory describes it. Sizes in bytes.

    `offset` is that of its local header in the file; `header_size` the least that this header takes. `method` is the
    compression method (§ 4.4.5), `checksum` the CRC-32 of the content. The name is a label, never a path to write to.
    """

    name: str
    size: int
    compressed_size: int
    offset: int
    header_size: int
    method: int
    checksum: int
    encrypted: bool

    @property
    def is_folder(self) -> bool:
        """Whether the entry is a folder."""
        return self.name.endswith("/")

    @property
    def has_unsafe_name(self) -> bool:
        """Whether extracting under this name could write outside of the target folder on some system.

        Relative paths with forward slashes and without a drive are allowed (§ 4.4.17.1); `..` and NUL are not.
        """
        return _UNSAFE_NAME.search(self.name) is not None


def read_directory(directory: bytes, location: DirectoryLocation, max_entries: int) -> list[ZipEntry]:
    """Return the entries in the order of the directory. Raises `MalformedZip`; call `check_extents` before reading any.

    The stated number of entries must be the real one, and at most `max_entries`.
    """
    if location.count > max_entries:
        raise MalformedZip(ZipFault.TOO_MANY_ENTRIES)
    entries: list[ZipEntry] = []
    for entry in _entries(directory, location.shift):
        if len(entries) == max_entries:
            raise MalformedZip(ZipFault.TOO_MANY_ENTRIES)
        entries.append(entry)
    if location.count != (len(entries) & 0xFFFF if location.count_wraps else len(entries)):
        raise MalformedZip(ZipFault.ENTRY_COUNT_WRONG)
    return entries


def check_extents(entries: Sequence[ZipEntry], location: DirectoryLocation) -> None:
    """Raise `MalformedZip` where two entries overlap, or one reaches into the directory."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.offset):
        if entry.offset < end:
            raise MalformedZip(ZipFault.ENTRIES_OVERLAP)
        end = entry.offset + entry.header_size + entry.compressed_size
    if end > location.start:
        raise MalformedZip(ZipFault.ENTRY_OUTSIDE_ARCHIVE)


def _entries(directory: bytes, shift: int) -> Iterator[ZipEntry]:
    position = 0
    while position < len(directory) and not directory.startswith(_DIGITAL_SIGNATURE, position):
        if len(directory) < position + _HEADER.size:
            raise MalformedZip(ZipFault.DIRECTORY_TRUNCATED)
        fields = _HEADER.unpack_from(directory, position)
        if fields[0] != _SIGNATURE:
            raise MalformedZip(ZipFault.DIRECTORY_DAMAGED)
        name_size, extra_size, comment_size = fields[10:13]
        name_start = position + _HEADER.size
        extra_start = name_start + name_size
        position = extra_start + extra_size + comment_size
        if position > len(directory):
            raise MalformedZip(ZipFault.DIRECTORY_TRUNCATED)
        extra = directory[extra_start : extra_start + extra_size]
        yield _entry(fields, directory[name_start:extra_start], extra, shift)


def _entry(fields: tuple[int, ...], name: bytes, extra: bytes, shift: int) -> ZipEntry:
    flags, method, checksum, compressed_size, size = fields[3], fields[4], *fields[7:10]
    size, compressed_size, offset = _full_values((size, compressed_size, fields[16]), extra)
    return ZipEntry(
        name=_text(name, flags),
        size=size,
        compressed_size=compressed_size,
        offset=offset + shift,
        header_size=_LOCAL_HEADER_SIZE + len(name),
        method=method,
        checksum=checksum,
        encrypted=bool(flags & _ENCRYPTED),
    )


def _full_values(values: tuple[int, ...], extra: bytes) -> Sequence[int]:
    """Replace each value that does not fit 32 bits by the next one of the Zip64 field, in this order (§ 4.5.3)."""
    missing = values.count(_IN_ZIP64)
    if not missing:
        return values
    wide = iter(_zip64_values(extra, missing))
    return [next(wide) if value == _IN_ZIP64 else value for value in values]


def _zip64_values(extra: bytes, count: int) -> tuple[int, ...]:
    position = 0
    while position + _EXTRA_HEADER.size <= len(extra):
        field_id, size = _EXTRA_HEADER.unpack_from(extra, position)
        position += _EXTRA_HEADER.size
        if field_id == _ZIP64 and min(size, len(extra) - position) >= 8 * count:
            return Struct(f"<{count}Q").unpack_from(extra, position)
        position += size
    raise MalformedZip(ZipFault.ZIP64_FIELD_MISSING)


def _text(name: bytes, flags: int) -> str:
    if flags & _UTF_8:
        return name.decode("utf-8", "replace")
    try:
        # Archivers on macOS write UTF-8 without setting the flag.
        return name.decode("utf-8")
    except UnicodeDecodeError:
        # The system's OEM code page: 866 where Russian is spoken, not the standard's 437 (appendix D).
        return name.decode("cp866")
