"""Copies of files whose bytes are checked against their SHA-256 on the way."""

import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from io import FileIO
from pathlib import Path

from chassis.ports.object_store import DamagedFile

_MIB = 1024 * 1024


def copy_file(source: Path, target: Path, expected_sha256: str, report: Callable[[int], None]) -> None:
    """Copy a file, for its owner only. Raises `DamagedFile`, and OSError with the name of a file.

    The name of the target appears once all bytes are there and have the expected hash.
    """
    part = target.with_name(f"{target.name}.part")
    digest = sha256()
    with source.open("rb", buffering=0) as read:
        try:
            with FileIO(part, "wb", opener=_for_owner_only) as write:
                while piece := read.read(_MIB):
                    digest.update(piece)
                    _write(write, piece)
                    report(len(piece))
            if digest.hexdigest() != expected_sha256:
                raise DamagedFile(f"{source} is damaged: its SHA-256 is not the one that was recorded")
        except (OSError, DamagedFile) as problem:
            with suppress(OSError):
                part.unlink()
            if isinstance(problem, OSError) and problem.filename is None:
                raise OSError(problem.errno, problem.strerror, str(target)) from None
            raise
    part.rename(target)


def sha256_of(path: Path) -> str:
    """Return the hash of a file, in hex."""
    digest = sha256()
    with path.open("rb", buffering=0) as file:
        while piece := file.read(_MIB):
            digest.update(piece)
    return digest.hexdigest()


def _write(file: FileIO, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[file.write(view) :]


def _for_owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
