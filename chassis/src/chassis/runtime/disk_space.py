"""Disk space: how much is free where a folder is, and how much has to stay free, for /metrics."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chassis.runtime.service import Measurement


@dataclass(frozen=True)
class DiskSpace:
    """The file system of a folder. `setting` is the variable that names the folder, without its prefix."""

    setting: str
    folder: Path
    min_free_bytes: int

    async def measure(self) -> Sequence[Measurement]:
        """Return the free bytes and their minimum; nothing while the folder is not there."""
        if not self.folder.exists():
            return ()
        labels = {"folder": self.setting}
        return [
            Measurement("disk_free_bytes", shutil.disk_usage(self.folder).free, labels),
            Measurement("disk_min_free_bytes", self.min_free_bytes, labels),
        ]
