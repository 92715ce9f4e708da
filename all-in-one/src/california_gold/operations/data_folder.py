"""Lock of the data folder: one serving process at a time."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from chassis.runtime.settings import naming_folder

_LOCK = "serving.lock"


class DataFolderInUse(Exception):
    """Another process serves from the data folder; the message is for the user."""


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Lock the folder. The operating system releases the lock when the process ends.

    Raises `DataFolderInUse`, and `InvalidSettings` when the folder can't be written to.
    """
    with naming_folder("DATA_DIR", folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("a")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"another process serves from the data folder {folder.absolute()}: stop it, or use another folder"
            raise DataFolderInUse(message) from None
        yield
