"""What is in the files of a folder, for tests which search it for data that must not be there."""

import errno
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path


def found_in_files(folder: Path, pattern: re.Pattern[bytes]) -> Mapping[str, set[str]]:
    """Return what a pattern finds in each file below a folder, in names of files too; files without it are left out."""
    found = {str(path.relative_to(folder)): _found(path, pattern) for path in folder.rglob("*")}
    return {name: texts for name, texts in found.items() if texts}


def _found(path: Path, pattern: re.Pattern[bytes]) -> set[str]:
    return {match.decode("utf-8", "replace") for content in _contents(path) for match in pattern.findall(content)}


def _contents(path: Path) -> Iterator[bytes]:
    yield str(path).encode()
    with suppress(FileNotFoundError):  # a server may remove it meanwhile
        if path.is_file():
            yield b"\0".join(_extents(path))


def _extents(path: Path) -> Iterator[bytes]:
    """Yield the parts of a file that hold data: Kafka's indices are gigabytes of holes."""
    with path.open("rb") as file:
        descriptor, position = file.fileno(), 0
        while (start := _seek(descriptor, position, os.SEEK_DATA)) is not None:
            position = _seek(descriptor, start, os.SEEK_HOLE) or start
            yield os.pread(descriptor, position - start, start)


def _seek(descriptor: int, position: int, to: int) -> int | None:
    """Return where the next data or hole begins; None after the last data."""
    try:
        return os.lseek(descriptor, position, to)
    except OSError as problem:
        if problem.errno != errno.ENXIO:
            raise
        return None
