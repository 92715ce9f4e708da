"""The manifest of a backup: what makes a folder a finished backup (ADR 51)."""

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

MANIFEST = "manifest.json"


class UnusableBackup(Exception):
    """A folder is no finished backup, or cannot be used for one or for a restore. The message says why."""


class CopiedFile(BaseModel):
    """A database in the backup: its file's name, and the SHA-256 of its bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    size: int
    sha256: str


class Manifest(BaseModel):
    """What a backup consists of. The hashes of objects are in the database `objects/index.db`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["california-gold.backup.v1"] = "california-gold.backup.v1"
    time: datetime
    databases: dict[str, CopiedFile]
    objects: int
    object_bytes: int

    @property
    def bytes(self) -> int:
        """The size of the backup."""
        return self.object_bytes + sum(file.size for file in self.databases.values())


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a backup. Raises `UnusableBackup`, and OSError."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise UnusableBackup(f"{folder} holds no finished backup: there is no {MANIFEST}") from None
    except ValidationError:
        raise UnusableBackup(f"{folder / MANIFEST} is damaged, or of a newer version") from None
