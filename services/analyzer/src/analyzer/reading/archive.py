"""ZIP archives: the central directory is validated before a member is opened; file names are never used."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from isal import isal_zlib

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.reading.ignored_files import FileIgnored
from analyzer.reading.inflation import RAW_DEFLATE, InflationBudget, inflate
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.streams import file_pieces
from chassis.archives.malformed_zip import MalformedZip, ZipFault
from chassis.archives.zip_directory import ZipEntry, check_extents, read_directory
from chassis.archives.zip_end import LOCAL_HEADER_SIGNATURE, TAIL_SIZE, DirectoryLocation, locate_directory

LOCAL = struct.Struct("<4s5H3L2H")
STORED, DEFLATED, DEFLATED_64 = 0, 8, 9
DIRECTORY_BYTES_PER_ENTRY = 2**10
"""Largest size of the directory for each allowed file, on average; a larger one counts as truncated."""


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
    budget: InflationBudget

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
        return inflate(packed, RAW_DEFLATE, self.budget) if self.method == DEFLATED else packed

    def _data_start(self, file: BinaryIO) -> int:
        file.seek(self.header)
        record = file.read(LOCAL.size)
        if len(record) < LOCAL.size or not record.startswith(LOCAL_HEADER_SIGNATURE):
            raise damaged()
        *_, name, extra = LOCAL.unpack(record)
        start = self.header + LOCAL.size + name + extra
        if start + self.packed > self.limit:
            raise damaged()
        return start


def damaged() -> AnalysisFailed:
    """Return the failure for an inconsistent archive."""
    return AnalysisFailed(FailureCode.ZIP_INVALID, messages.ZIP_DAMAGED)


def list_members(archive: Path, limits: ReadingLimits, budget: InflationBudget) -> list[ZipMember]:
    """Return the files of the archive, in the order of their offsets.

    Raises `AnalysisFailed`: ZIP_INVALID (damaged, overlapping, unknown compression), ZIP_ENCRYPTED, ZIP_LIMIT.
    """
    try:
        with archive.open("rb") as file:
            location, entries = _read_directory(file, limits)
        for entry in entries:
            _check_readable(entry)
        if sum(entry.size for entry in entries) > limits.unpacked_bytes:
            raise AnalysisFailed(FailureCode.ZIP_LIMIT, messages.ZIP_TOO_MANY_BYTES)
        check_extents(entries, location)
    except MalformedZip as malformed:
        if malformed.fault is ZipFault.TOO_MANY_ENTRIES:
            too_many = messages.ZIP_TOO_MANY_FILES.format(limit=limits.entries)
            raise AnalysisFailed(FailureCode.ZIP_LIMIT, too_many) from None
        raise damaged() from None
    in_order = sorted(entries, key=lambda entry: entry.offset)
    limits_of_members = [*(entry.offset for entry in in_order), location.start][1:]
    return [
        ZipMember(archive, entry.offset, limit, entry.compressed_size, entry.size, entry.method, entry.checksum, budget)
        for entry, limit in zip(in_order, limits_of_members, strict=True)
        if not entry.is_folder
    ]


def _read_directory(file: BinaryIO, limits: ReadingLimits) -> tuple[DirectoryLocation, list[ZipEntry]]:
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - TAIL_SIZE))
    location = locate_directory(file.read(TAIL_SIZE), size)
    file.seek(location.start)
    content = file.read(min(location.size, limits.entries * DIRECTORY_BYTES_PER_ENTRY))
    return location, read_directory(content, location, limits.entries)


def _check_readable(entry: ZipEntry) -> None:
    if entry.encrypted:
        raise AnalysisFailed(FailureCode.ZIP_ENCRYPTED, messages.ZIP_ENCRYPTED)
    if entry.method not in {STORED, DEFLATED}:
        unknown = messages.ZIP_DEFLATE64 if entry.method == DEFLATED_64 else messages.ZIP_COMPRESSION
        raise AnalysisFailed(FailureCode.ZIP_INVALID, unknown)
    if entry.method == STORED and entry.size != entry.compressed_size:
        raise damaged()
