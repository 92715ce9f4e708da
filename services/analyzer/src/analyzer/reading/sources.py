"""Files of an upload, on disk or inside an archive."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.reading.archive import list_members
from analyzer.reading.inflation import InflationBudget
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.streams import file_pieces
from chassis.archives.zip_end import END_SIGNATURE, LOCAL_HEADER_SIGNATURE

SPLIT_ARCHIVES = (b"PK\x07\x08", b"PK00")
"""What an archive of several parts begins with, and one that was meant to have several (APPNOTE.TXT 8.5)."""

ZIP_MAGICS = (LOCAL_HEADER_SIGNATURE, END_SIGNATURE, *SPLIT_ARCHIVES)
OTHER_ARCHIVES = (
    *(b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07"),
    *(b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"MSCF"),
)
"""First bytes of gzip, 7z, RAR, bzip2, xz, Zstandard and cabinet files."""

TAR_MAGIC, TAR_OFFSET = b"ustar", 257


def is_other_archive(head: bytes) -> bool:
    """Return whether the first bytes of a file are those of an archive that is not read."""
    return head.startswith(OTHER_ARCHIVES) or head.startswith(TAR_MAGIC, TAR_OFFSET)


class Source(Protocol):
    """A file on disk or inside an archive."""

    @property
    def size(self) -> int:
        """Its length in bytes."""
        ...

    @property
    def budget(self) -> InflationBudget:
        """What inflating may cost in the whole upload."""
        ...

    def pieces(self) -> Iterator[bytes]:
        """Yield its content from the beginning."""
        ...


@dataclass(frozen=True)
class LocalFile:
    """A file on disk."""

    path: Path
    size: int
    budget: InflationBudget

    def pieces(self) -> Iterator[bytes]:
        """Yield its content from the beginning."""
        return file_pieces(self.path, 0, self.size)


def list_sources(files: Sequence[Path], limits: ReadingLimits) -> list[Source]:
    """Return the files, with archives replaced by their members (one level deep).

    Raises `AnalysisFailed`: ZIP_INVALID, ZIP_ENCRYPTED, ZIP_LIMIT.
    """
    sources: list[Source] = []
    budget = InflationBudget()
    for path in files:
        with path.open("rb") as file:
            is_archive = file.read(4) in ZIP_MAGICS
        sources += list_members(path, limits, budget) if is_archive else [LocalFile(path, path.stat().st_size, budget)]
    if len(sources) > limits.entries:
        raise AnalysisFailed(FailureCode.ZIP_LIMIT, messages.TOO_MANY_FILES.format(limit=limits.entries))
    return sources
