"""Checks of the data folder, the work folder and the disks that they are on."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from analyzer.application.work_folder import refuse_foreign_content
from california_gold.doctor.installation import Installation
from chassis.composition.data_folder import readable_by_others, refuse_foreign_folder
from chassis.composition.embedded_inspection import DATABASES
from chassis.ports.inspection import CheckResult, not_applicable, warning, well, wrong
from chassis.runtime.settings import PREFIX

_DATA_DIR, _WORK_DIR, _MIN_FREE = f"{PREFIX}DATA_DIR", f"{PREFIX}WORK_DIR", f"{PREFIX}MIN_FREE_BYTES"


async def check_data_folder(installation: Installation) -> CheckResult:
    """Check that the data folder is ours, belongs to one user, and is closed to others."""
    folder = installation.settings.data_dir.absolute()
    if installation.is_distributed:
        return not_applicable("the stores are servers")
    if not folder.exists():
        return _not_there_yet(folder, _DATA_DIR)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK) or not folder.is_dir():
        return wrong(f"{folder} is no folder that this user may write to", f"name another in {_DATA_DIR}, or chown it")
    refuse_foreign_folder(folder)
    owner = folder.stat().st_uid
    for path in _files(folder):
        if path.stat().st_uid != owner:
            seen = f"{path} belongs to user {path.stat().st_uid}, its folder to {owner}"
            return wrong(seen, f"chown it: the product runs as user {owner}, and so must its commands")
    if readable_by_others(folder):
        return warning(f"other users may enter {folder}", f"chmod 700 {folder}")
    return well(f"{folder}, of user {owner} alone")


async def check_work_folder(installation: Installation) -> CheckResult:
    """Check that the work folder can be written to and holds nothing but analyses."""
    folder = installation.work_dir.absolute()
    if not folder.exists():
        return _not_there_yet(folder, _WORK_DIR)
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return wrong(f"{folder} is no folder that this user may write to", f"name another in {_WORK_DIR}, or chown it")
    refuse_foreign_content(folder)
    return well(f"{folder} holds {sum(1 for _ in folder.iterdir())} analyses")


async def check_disk(installation: Installation) -> CheckResult:
    """Check that the disks of the folders have the space that uploads need."""
    least = installation.settings.min_free_bytes
    folders = [installation.work_dir, *([] if installation.is_distributed else [installation.settings.data_dir])]
    free = {folder: shutil.disk_usage(_existing(folder.absolute())).free for folder in folders}
    folder = min(free, key=lambda each: free[each])
    seen = f"{free[folder]:,} bytes are free for {folder.absolute()}"
    if free[folder] < least:
        return wrong(f"{seen}, fewer than {_MIN_FREE} ({least:,})", "free space, or use a larger disk")
    if free[folder] < 2 * least:
        return warning(f"{seen}; uploads are refused below {_MIN_FREE} ({least:,})", "free space, or use a larger disk")
    return well(seen)


def _not_there_yet(folder: Path, setting: str) -> CheckResult:
    parent = _existing(folder)
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        return wrong(f"{folder} cannot be made in {parent}", f"name another in {setting}, or chown {parent}")
    return not_applicable(f"{folder}: the first start makes it")


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _files(folder: Path) -> Iterator[Path]:
    """Yield what the product must write to: a command of another user leaves files of that user."""
    for path in (*(folder / name for name in DATABASES), folder / "serving.lock", folder / "objects" / "blobs"):
        for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            if each.exists():
                yield each
