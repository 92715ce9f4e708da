"""Blobs: immutable files, each written once under a new random id."""

import os
import re
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from errno import EDQUOT, ENOSPC
from hashlib import sha256
from io import FileIO
from math import inf
from pathlib import Path
from threading import Lock
from uuid import uuid4

from chassis.ports.event_store import StoreUnavailable
from chassis.ports.object_store import StoreFull

_BLOB = re.compile(r"[0-9a-f]{32}")
_SUBFOLDERS = [f"{number:02x}" for number in range(256)]


class Blobs:
    """A folder of blobs in 256 subfolders, so that none grows large. All methods block: call them on a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in (folder, *(folder / name for name in _SUBFOLDERS)):
            path.mkdir(mode=0o700, exist_ok=True)

    def free_bytes(self) -> int:
        """Return the bytes that the file system has left for this user."""
        try:
            return shutil.disk_usage(self._folder).free
        except OSError as problem:
            raise StoreUnavailable(str(problem)) from problem

    def create(self) -> "BlobWriter":
        """Return a writer for a new blob; the first write creates the file."""
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
        """Delete a blob; readers that have it open can read on. If that fails, the sweep deletes it later."""
        with suppress(OSError):
            self._path(blob).unlink(missing_ok=True)

    def folders(self) -> Sequence[Path]:
        """Return the subfolders; `older_than` scans one of them."""
        return [self._folder / name for name in _SUBFOLDERS]

    def older_than(self, age: timedelta, folder: Path) -> Sequence[str]:
        """Return the blobs of a subfolder that were last written longer ago than `age`.

        It compares with the machine's clock, which the file system uses, not with the process's `Clock`.
        """
        written_before = time.time() - age.total_seconds()
        try:
            blobs = (path for path in folder.iterdir() if _BLOB.fullmatch(path.name))
            return [path.name for path in blobs if _last_written(path) < written_before]
        except OSError as problem:
            raise StoreUnavailable(str(problem)) from problem

    def _path(self, blob: str) -> Path:
        return self._folder / blob[:2] / blob


class BlobWriter:
    """Writer of one blob. A lock serializes its calls: the call of a cancelled caller may still be running."""

    def __init__(self, blob: str, path: Path) -> None:
        self.blob, self.size = blob, 0
        self._path, self._lock, self._digest = path, Lock(), sha256()
        self._file: FileIO | None = None
        self._discarded = False

    @property
    def sha256(self) -> str:
        """The hash of the written bytes, in hex."""
        return self._digest.hexdigest()

    def write(self, data: bytes | bytearray) -> None:
        """Append bytes."""
        try:
            with self._lock, memoryview(data) as view:
                file = self._open()
                self._digest.update(view)
                written = 0
                while written < len(view):
                    written += file.write(view[written:])
                self.size += written
        except OSError as problem:
            raise _translated(problem) from problem

    def finish(self) -> None:
        """Make the bytes and the folder entry of the file durable."""
        try:
            with self._lock, self._open() as file:
                os.fsync(file.fileno())
            _sync_folder(self._path.parent)
        except OSError as problem:
            raise _translated(problem) from problem

    def discard(self) -> None:
        """Delete the file and refuse further writes."""
        with self._lock, suppress(OSError):
            self._discarded = True
            if self._file:
                self._file.close()
                self._path.unlink(missing_ok=True)

    def _open(self) -> FileIO:
        if self._discarded:
            raise StoreUnavailable("this upload was aborted")
        self._file = self._file or FileIO(self._path, "xb", opener=_for_owner_only)
        return self._file


def _translated(problem: OSError) -> StoreUnavailable:
    return (StoreFull if problem.errno in {ENOSPC, EDQUOT} else StoreUnavailable)(str(problem))


def _for_owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _last_written(path: Path) -> float:
    """Return the time of the last write; infinity for a file that was deleted meanwhile."""
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
