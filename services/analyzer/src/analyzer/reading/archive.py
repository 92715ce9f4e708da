"""ZIP archives: the central directory is validated before a member is opened; file names are never used."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from isal import isal_zlib

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.reading.ignored_files import FileIgnored
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.streams import RAW_DEFLATE, file_pieces, inflate
from analyzer.reading.zip_directory import ENTRY, Directory, find_directory

LOCAL = struct.Struct("<4s5H3L2H")
LOCAL_MAGIC = b"PK\x03\x04"
ENTRY_MAGIC = b"PK\x01\x02"
STORED, DEFLATED = 0, 8
ENCRYPTED = 0x1 | 0x40 | 0x2000
IN_ZIP64_EXTRA = 0xFFFFFFFF


@dataclass(frozen=True)
class ZipMember:
    """One file of an archive. It must end before `limit`, the start of the next one: entries must not overlap."""

    archive: Path
    header: int
    limit: int
    packed: int
    size: int
    method: int
    checksum: int

    def pieces(self) -> Iterator[bytes]:
        """Yield the content. Raises `AnalysisFailed(ZIP_INVALID)` when it contradicts the central directory."""
        total, checksum = 0, 0
        try:
            for piece in self._unpacked():
                total += len(piece)
                if total > self.size:
                    break
                checksum = isal_zlib.crc32(piece, checksum)
                yield piece
        except FileIgnored:
            raise damaged() from None
        if (total, checksum) != (self.size, self.checksum):
            raise damaged()

    def _unpacked(self) -> Iterator[bytes]:
        with self.archive.open("rb") as file:
            start = self._data_start(file)
        packed = file_pieces(self.archive, start, self.packed)
        return inflate(packed, RAW_DEFLATE) if self.method == DEFLATED else packed

    def _data_start(self, file: BinaryIO) -> int:
        file.seek(self.header)
        record = file.read(LOCAL.size)
        if len(record) < LOCAL.size or not record.startswith(LOCAL_MAGIC):
            raise damaged()
        *_, name, extra = LOCAL.unpack(record)
        start = self.header + LOCAL.size + name + extra
        if start + self.packed > self.limit:
            raise damaged()
        return start


def damaged() -> AnalysisFailed:
    """Return the failure for an inconsistent archive."""
    return AnalysisFailed(FailureCode.ZIP_INVALID, messages.ZIP_DAMAGED)


def list_members(archive: Path, limits: ReadingLimits) -> list[ZipMember]:
    """Return the files of the archive, in the order of their offsets.

    Raises `AnalysisFailed`: ZIP_INVALID (damaged, overlapping, unknown compression), ZIP_ENCRYPTED, ZIP_LIMIT.
    """
    with archive.open("rb") as file:
        directory = find_directory(file)
        if directory is None:
            raise damaged()
        file.seek(directory.start)
        content = file.read(min(directory.length, limits.entries * 2**10))
    entries = _entries(content, directory, limits)
    entries.sort(key=lambda entry: entry.header)
    return _members(archive, entries, directory)


@dataclass(frozen=True)
class _Entry:
    header: int
    packed: int
    size: int
    method: int
    checksum: int
    folder: bool


def _entries(content: bytes, directory: Directory, limits: ReadingLimits) -> list[_Entry]:
    if directory.count > limits.entries:
        raise AnalysisFailed(FailureCode.ZIP_LIMIT, messages.ZIP_TOO_MANY_FILES.format(limit=limits.entries))
    entries: list[_Entry] = []
    position = 0
    for _ in range(directory.count):
        if content[position : position + 4] != ENTRY_MAGIC or len(content) < position + ENTRY.size:
            raise damaged()
        fields = ENTRY.unpack_from(content, position)
        name, extra, comment = fields[10:13]
        end = position + ENTRY.size + name + extra
        entries.append(_entry(fields, content[position + ENTRY.size : end], directory.shift))
        position = end + comment
    if sum(entry.size for entry in entries) > limits.unpacked_bytes:
        raise AnalysisFailed(FailureCode.ZIP_LIMIT, messages.ZIP_TOO_MANY_BYTES)
    return entries


def _entry(fields: tuple[int, ...], name_and_extra: bytes, shift: int) -> _Entry:
    flags, method, checksum, packed, size, name = fields[3], fields[4], *fields[7:11]
    if flags & ENCRYPTED:
        raise AnalysisFailed(FailureCode.ZIP_ENCRYPTED, messages.ZIP_ENCRYPTED)
    if method not in {STORED, DEFLATED}:
        raise AnalysisFailed(FailureCode.ZIP_INVALID, messages.ZIP_COMPRESSION)
    header = fields[16]
    size, packed, header = _long_values((size, packed, header), name_and_extra[name:])
    if method == STORED and size != packed:
        raise damaged()
    folder = name_and_extra[:name].endswith(b"/")
    return _Entry(header + shift, packed, size, method, checksum, folder)


def _long_values(values: tuple[int, ...], extra: bytes) -> tuple[int, ...]:
    """Replace the values that are stored in the ZIP64 extra field (APPNOTE 4.5.3)."""
    count = sum(value == IN_ZIP64_EXTRA for value in values)
    if not count:
        return values
    position = 0
    while position + 4 <= len(extra):
        header_id, length = struct.unpack_from("<HH", extra, position)
        body = extra[position + 4 : position + 4 + length]
        if header_id == 1 and len(body) >= 8 * count:
            longs = iter(struct.unpack_from(f"<{count}Q", body))
            return tuple(next(longs) if value == IN_ZIP64_EXTRA else value for value in values)
        position += 4 + length
    raise damaged()


def _members(archive: Path, entries: list[_Entry], directory: Directory) -> list[ZipMember]:
    limits = [*(entry.header for entry in entries), directory.start][1:]
    return [
        ZipMember(archive, entry.header, limit, entry.packed, entry.size, entry.method, entry.checksum)
        for entry, limit in zip(entries, limits, strict=True)
        if not entry.folder
    ]
