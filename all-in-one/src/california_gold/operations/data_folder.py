"""Lock of the data folder: one serving process at a time."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import structlog

from chassis.composition.data_folder import prepare_data_folder, readable_by_others
from chassis.runtime.settings import naming_folder

_log = structlog.get_logger()
_LOCK = "serving.lock"


class DataFolderInUse(Exception):
    """Another process serves from the data folder; the message is for the user."""


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Lock the folder, which is created. The operating system releases the lock when the process ends.

    Raises `DataFolderInUse`, and `InvalidSettings` for a folder that can't be written to or holds something else.
    """
    with naming_folder("DATA_DIR", folder):
        prepare_data_folder(folder)
        # Whoever may open the file may hold the lock.
        lock = os.open(folder / _LOCK, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with os.fdopen(lock, "a"):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"another process serves from the data folder {folder.absolute()}: stop it, or use another folder"
            raise DataFolderInUse(message) from None
        if readable_by_others(folder):
            _log.warning("data_folder_readable_by_others", folder=str(folder.absolute()))
        yield
