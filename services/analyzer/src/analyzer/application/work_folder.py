"""Temporary folders of analyses on disk, under one folder that several processes may share."""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from chassis.runtime.settings import naming_folder

_UPLOAD = "upload"


@asynccontextmanager
async def work_folder(work_dir: Path) -> AsyncGenerator[Path]:
    """Yield a new empty folder, readable by this user only; it is always removed at the end.

    It is locked meanwhile, so that another process that starts does not remove it as a leftover.
    """
    folder, lock = await asyncio.to_thread(_locked_folder, work_dir)
    try:
        yield folder
    finally:
        await asyncio.shield(asyncio.to_thread(_remove, folder, lock))


async def download(chunks: AsyncIterable[bytes], folder: Path) -> Path:
    """Write an upload into the folder, under a fixed name; return its path."""
    path = folder / _UPLOAD
    with await asyncio.to_thread(path.open, "wb") as file:
        async for chunk in chunks:
            await asyncio.to_thread(file.write, chunk)
    return path


def prepare_work_dir(work_dir: Path) -> None:
    """Create the work directory and remove from it what no process has locked. Raises `InvalidSettings`.

    The directory itself stays: it may be a mount. Locks end with their process, so what is unlocked is a leftover.
    """
    with naming_folder("WORK_DIR", work_dir):
        work_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=work_dir):
            leftovers = list(work_dir.iterdir())
    for leftover in leftovers:
        with suppress(OSError):
            _remove_unlocked(leftover)


def _locked_folder(work_dir: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(dir=work_dir))
        with suppress(FileNotFoundError):  # a process that starts now may remove it before it is locked
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.exists():
                return folder, lock
            os.close(lock)


def _remove_unlocked(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        path.unlink()
        return
    lock = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
    else:
        _remove(path, lock)


def _remove(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)
