"""Files without names of their own: each is written once under a new id, and never changed."""

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from io import FileIO
from math import inf
from pathlib import Path
from threading import Lock
from uuid import uuid4

from chassis.ports.event_store import StoreUnavailable

_SPREAD = [f"{number:02x}" for number in range(256)]


class Blobs:
    """A folder of blobs, spread over 256 folders so that none grows large. Its methods block: call them on a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in _SPREAD:
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)

    def create(self) -> "BlobWriter":
        """Begin a new blob; its file is made with its first bytes."""
        blob = uuid4().hex
        return BlobWriter(blob, self._path(blob))

    def open(self, blob: str) -> FileIO | None:
        """Open a blob for reading; None when it was removed."""
        try:
            return self._path(blob).open("rb", buffering=0)
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise StoreUnavailable(str(problem)) from problem

    def remove(self, blob: str) -> None:
        """Remove a blob; who has it open reads on. One that the disk won't let go is left to the sweep."""
        with suppress(OSError):
            self._path(blob).unlink(missing_ok=True)

    def folders(self) -> Sequence[Path]:
        """Return the folders that `older_than` looks at, one at a time."""
        return [self._folder / name for name in _SPREAD]

    def older_than(self, age: timedelta, folder: Path) -> Sequence[str]:
        """Return the blobs of a folder that were last written longer ago than `age`.

        The file system's clock is the machine's own, whatever clock the process is given.
        """
        written_before = time.time() - age.total_seconds()
        try:
            return [path.name for path in folder.iterdir() if _written(path) < written_before]
        except OSError as problem:
            raise StoreUnavailable(str(problem)) from problem

    def _path(self, blob: str) -> Path:
        return self._folder / blob[:2] / blob


class BlobWriter:
    """A blob that is being written. A call made while another is at work, by a cancelled caller say, waits for it."""

    def __init__(self, blob: str, path: Path) -> None:
        self.blob, self.size = blob, 0
        self._path, self._lock, self._digest = path, Lock(), sha256()
        self._file: FileIO | None = None
        self._discarded = False

    @property
    def sha256(self) -> str:
        """The digest of what was written, in hex."""
        return self._digest.hexdigest()

    def write(self, data: bytes | bytearray) -> None:
        """Append bytes."""
        try:
            with self._lock, memoryview(data) as rest:
                file = self._open()
                self._digest.update(rest)
                written = 0
                while written < len(rest):
                    written += file.write(rest[written:])
                self.size += written
        except OSError as problem:
            raise StoreUnavailable(str(problem)) from problem

    def finish(self) -> None:
        """Make the bytes and the file's place in its folder durable."""
        try:
            with self._lock, self._open() as file:
                os.fsync(file.fileno())
            _sync_folder(self._path.parent)
        except OSError as problem:
            raise StoreUnavailable(str(problem)) from problem

    def discard(self) -> None:
        """Leave nothing of it, whatever is still under way."""
        with self._lock, suppress(OSError):
            self._discarded = True
            if self._file:
                self._file.close()
                self._path.unlink(missing_ok=True)

    def _open(self) -> FileIO:
        if self._discarded:
            raise StoreUnavailable("this upload was given up")
        self._file = self._file or self._path.open("xb", buffering=0)
        return self._file


def _written(path: Path) -> float:
    """Return when a file was last written; one that was removed meanwhile is nobody's orphan."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return inf


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
