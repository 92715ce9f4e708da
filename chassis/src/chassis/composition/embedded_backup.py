"""Backup of a data folder, while the product may run and write (ADR 51)."""

import fcntl
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from chassis.adapters.filesystem.copying import sha256_of
from chassis.adapters.filesystem.object_copies import ObjectCopies, count, forget, path_in, still_named
from chassis.adapters.sqlite.event_store import copied_event_store
from chassis.adapters.sqlite.snapshot import CopyReport, copy, snapshots
from chassis.composition.backup_manifest import MANIFEST, CopiedFile, Manifest, UnusableBackup
from chassis.composition.embedded_inspection import DATABASES, EVENTS, OBJECTS
from chassis.ports.clock import Clock
from chassis.ports.event_store import EventStore

_MARK = "california-gold.backup"
"""The file that makes a folder one of backups, from the first moment on; a running backup has it locked."""


class BackupRunning(Exception):
    """Another process makes a backup in the folder."""


@dataclass(frozen=True)
class Backup:
    """A finished backup: its folder, what is in it, and the files of objects that are damaged or missing."""

    folder: Path
    manifest: Manifest
    damaged: Sequence[Path]

    @property
    def events(self) -> AbstractAsyncContextManager[EventStore]:
        """Its event store."""
        return copied_event_store(self.folder / self.manifest.databases[str(EVENTS)].file)


def bytes_to_copy(data_dir: Path, folder: Path) -> int:
    """Return how much a backup has to copy now."""
    if not (data_dir / OBJECTS).exists():
        return 0
    objects = ObjectCopies(data_dir / OBJECTS.parent / "blobs", folder / "objects", lambda _: None)
    databases = sum((data_dir / name).stat().st_size for name in DATABASES if (data_dir / name).exists())
    return databases + objects.bytes_left(data_dir / OBJECTS)


def back_up(data_dir: Path, folder: Path, clock: Clock, report: CopyReport) -> Backup:
    """Copy a data folder; what an earlier backup in the folder has already is not copied again.

    The earlier backup stays until the new one is finished. Raises `UnusableBackup` for a folder of something else or a
    data folder without data, `BackupRunning`, `StoreUnavailable`, and OSError with a file's name.
    """
    absent = [name for name in DATABASES if not (data_dir / name).exists()]
    if absent:
        raise UnusableBackup(f"{data_dir} is no data folder of this product: there is no {absent[0]}")
    with _prepared(data_dir, folder):
        objects = ObjectCopies(data_dir / OBJECTS.parent / "blobs", folder / "objects", report)
        objects.copy_all(data_dir / OBJECTS)  # the most, so that little is left to copy after the instant of the backup
        time, copies = _copy_databases(data_dir, folder, clock, report)
        index = folder / copies[str(OBJECTS)]
        failed = objects.copy_all(index)
        damaged = [path_in(objects.source, entry) for entry in still_named(data_dir / OBJECTS, failed)]
        forget(index, failed)
        number, size = count(index)
        files = {name: _described(folder, file) for name, file in copies.items()}
        manifest = Manifest(time=time, databases=files, objects=number, object_bytes=size)
        _finish(folder, manifest)
        objects.remove_others(index)
        return Backup(folder, manifest, damaged)


@contextmanager
def _prepared(data_dir: Path, folder: Path) -> Generator[None]:
    """Make the folder ours and lock it. Raises `UnusableBackup` and `BackupRunning`."""
    if folder.resolve().is_relative_to(data_dir.resolve()) or data_dir.resolve().is_relative_to(folder.resolve()):
        raise UnusableBackup(f"{folder} and the data folder {data_dir} lie in one another: name another folder")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = {entry.name for entry in folder.iterdir()} - {"lost+found"}
    if names and _MARK not in names:
        raise UnusableBackup(f"{folder} holds {min(names)!r} and no backup: name an empty folder, or a new one")
    with (folder / _MARK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRunning(f"another process makes a backup in {folder}") from None
        yield


def _copy_databases(
    data_dir: Path, folder: Path, clock: Clock, report: CopyReport
) -> tuple[datetime, Mapping[str, str]]:
    """Copy all databases as of one instant, under new names; return it, and these by the names in the data folder.

    That of the keys is the first: while it is read, no key can be destroyed.
    """
    (folder / "databases").mkdir(mode=0o700, exist_ok=True)
    suffix = uuid4().hex[:12]
    copies = {str(name): f"databases/{name.stem}-{suffix}.db" for name in DATABASES}
    with snapshots([data_dir / name for name in DATABASES]) as sources:
        time = clock.now()
        for name, source in zip(DATABASES, sources, strict=True):
            copy(source, folder / copies[str(name)], report)
    return time, copies


def _described(folder: Path, file: str) -> CopiedFile:
    return CopiedFile(file=file, size=(folder / file).stat().st_size, sha256=sha256_of(folder / file))


def _finish(folder: Path, manifest: Manifest) -> None:
    """Make everything durable, replace the manifest, and delete the databases of earlier backups."""
    new = folder / f"{MANIFEST}.part"
    new.write_text(manifest.model_dump_json(indent=2))
    os.sync()
    new.rename(folder / MANIFEST)
    os.sync()
    named = {folder / file.file for file in manifest.databases.values()}
    for path in (folder / "databases").iterdir():
        if path not in named:
            path.unlink()
