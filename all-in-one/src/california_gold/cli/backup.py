"""`california-gold backup` and `restore`."""

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the backup, on another disk.")]


def backup(folder: Folder) -> None:
    """Copy the data folder as of one instant, also while the product runs. What is in FOLDER is not copied again."""
    from california_gold.operations.backup import make_backup

    make_backup(folder)


def restore(folder: Folder) -> None:
    """Copy a backup to the data folder, which must be empty or absent, and check every byte of it."""
    from california_gold.operations.backup import restore

    restore(folder)
