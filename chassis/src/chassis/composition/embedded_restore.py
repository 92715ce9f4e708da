"""Restoring a data folder from a backup (ADR 51)."""

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from chassis.adapters.filesystem.copying import copy_file
from chassis.adapters.filesystem.object_copies import ObjectCopies, path_in
from chassis.adapters.sqlite.event_store import copied_event_store
from chassis.adapters.sqlite.snapshot import CopyReport
from chassis.composition.backup_manifest import Manifest, UnusableBackup
from chassis.composition.embedded_inspection import EVENTS, OBJECTS
from chassis.ports.event_store import EventStore
from chassis.ports.object_store import DamagedFile


def restored_folder(data_dir: Path) -> Path:
    """Return the folder in which a restore works: beside the data folder, whose name it gets at the end."""
    return data_dir.with_name(f"{data_dir.name}.restoring")


def refuse_other_data(data_dir: Path) -> None:
    """Raise `UnusableBackup` when the data folder has any content, or is a mount, which can't be replaced."""
    with suppress(FileNotFoundError):
        if found := sorted(entry.name for entry in data_dir.iterdir()):
            raise UnusableBackup(f"{data_dir} holds {found[0]!r}: restore to an empty folder, or to a new one")
        if data_dir.is_mount():
            raise UnusableBackup(f"{data_dir} is a mount: restore to a new folder in it")


def copy_backup(folder: Path, manifest: Manifest, data_dir: Path, report: CopyReport) -> None:
    """Copy a backup to `restored_folder`, and check each file; what an interrupted restore has copied stays.

    Raises `DamagedFile`, and OSError with a file's name.
    """
    target = restored_folder(data_dir)
    (target / OBJECTS.parent).mkdir(mode=0o700, parents=True, exist_ok=True)
    target.chmod(0o700)
    for name, file in manifest.databases.items():
        try:
            copy_file(folder / file.file, target / name, file.sha256, report)
        except FileNotFoundError:
            raise DamagedFile(f"{folder / file.file} is missing") from None
    objects = ObjectCopies(folder / "objects", target / OBJECTS.parent / "blobs", report)
    if failed := objects.copy_all(target / OBJECTS):
        raise DamagedFile(f"{path_in(objects.source, failed[0])} is damaged or missing")


@asynccontextmanager
async def restored_events(data_dir: Path) -> AsyncGenerator[EventStore]:
    """Open the event store of `restored_folder`."""
    async with copied_event_store(restored_folder(data_dir) / EVENTS) as events:
        yield events


def publish(data_dir: Path) -> None:
    """Make the restored folder durable, and give it its name."""
    os.sync()
    restored_folder(data_dir).rename(data_dir)


def discard(data_dir: Path) -> None:
    """Delete the restored folder."""
    shutil.rmtree(restored_folder(data_dir), ignore_errors=True)
