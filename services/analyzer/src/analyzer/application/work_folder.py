"""Temporary folders of analyses on disk, under one folder that several processes may share."""

import asyncio
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from stat import S_IMODE, S_ISDIR

from chassis.runtime.settings import PREFIX, InvalidSettings, naming_folder

_MARK = "california-gold-analysis-"
_OF_FORMER_VERSIONS = re.compile(r"tmp[a-z0-9_]{8}")
_CONTENT_OF_FORMER_VERSIONS = {"upload", "output"}
_OF_FILE_SYSTEMS = {"lost+found"}
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


def refuse_foreign_content(work_dir: Path) -> None:
    """Raise `InvalidSettings` when the work directory holds anything but folders of analyses."""
    foreign = sorted(entry.name for entry in _entries(work_dir) if not _is_ours(entry))
    if foreign:
        raise InvalidSettings(
            f"{PREFIX}WORK_DIR: {work_dir} holds {foreign[0]!r}, which is not of an analysis: "
            "name an empty folder, or a new one"
        )


def prepare_work_dir(work_dir: Path) -> None:
    """Create the work directory and remove leftovers: folders of analyses that no process has locked.

    The directory itself stays: it may be a mount. Locks end with their process. Raises `InvalidSettings` when the
    directory cannot be written to, or holds anything else.
    """
    with naming_folder("WORK_DIR", work_dir):
        work_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=work_dir):
            pass
    refuse_foreign_content(work_dir)
    for leftover in filter(_is_ours, _entries(work_dir)):
        with suppress(OSError):
            _remove_unlocked(leftover)


def _entries(work_dir: Path) -> list[Path]:
    try:
        return [entry for entry in work_dir.iterdir() if entry.name not in _OF_FILE_SYSTEMS]
    except OSError:
        return []  # there is no folder yet, or no right to it, which preparing it finds


def _is_ours(entry: Path) -> bool:
    """Return whether an analysis made the folder; one that has ended meanwhile was ours."""
    try:
        status = entry.lstat()
        if not S_ISDIR(status.st_mode):
            return False
        return entry.name.startswith(_MARK) or (
            _OF_FORMER_VERSIONS.fullmatch(entry.name) is not None
            and (status.st_uid, S_IMODE(status.st_mode)) == (os.geteuid(), 0o700)
            and bool(content := set(os.listdir(entry)))
            and content <= _CONTENT_OF_FORMER_VERSIONS
        )
    except FileNotFoundError:
        return True


def _locked_folder(work_dir: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_MARK, dir=work_dir))
        with suppress(FileNotFoundError):  # a process that starts now may remove it before it is locked
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.exists():
                return folder, lock
            os.close(lock)


def _remove_unlocked(folder: Path) -> None:
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
    else:
        _remove(folder, lock)


def _remove(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)
