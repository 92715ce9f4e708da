"""Lock of the data folder: one serving process at a time."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import structlog

from chassis.composition.data_folder import prepare_data_folder, readable_by_others

_log = structlog.get_logger()
_LOCK = "serving.lock"


class DataFolderUnusable(Exception):
    """The data folder can't be written to, or another process serves from it; the message is for the user."""


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Lock the folder, which is created. The operating system releases the lock when the process ends.

    Raises `DataFolderUnusable`, and `InvalidSettings` for a folder that holds something else.
    """
    try:
        prepare_data_folder(folder)
        lock = (folder / _LOCK).open("a")
    except OSError as problem:
        raise DataFolderUnusable(f"cannot write to the data folder {folder.absolute()}: {problem.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"another process serves from the data folder {folder.absolute()}: stop it, or use another folder"
            raise DataFolderUnusable(message) from None
        if readable_by_others(folder):
            _log.warning("data_folder_readable_by_others", folder=str(folder.absolute()))
        yield
