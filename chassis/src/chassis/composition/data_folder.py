"""The data folder of the embedded deployment mode: ours, or new, or empty."""

from pathlib import Path

from chassis.runtime.settings import PREFIX, InvalidSettings

_MARKS = ("events.db", "keys.db", "serving.lock")
"""Files that each version has put into its data folder; one of them is there from the first moment on."""
_OF_FILE_SYSTEMS = {"lost+found"}


def prepare_data_folder(folder: Path) -> None:
    """Create the folder, for its owner only; accept an empty one, such as a mount, and one that was ours before.

    It changes neither the mode nor the content of a folder that it did not make. Raises `InvalidSettings` for a folder
    of something else, and OSError when it cannot be made or read.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_foreign_folder(folder)


def refuse_foreign_folder(folder: Path) -> None:
    """Raise `InvalidSettings` for a folder of something else, and OSError when it cannot be read."""
    names = {entry.name for entry in folder.iterdir()} - _OF_FILE_SYSTEMS
    if names and names.isdisjoint(_MARKS):
        raise InvalidSettings(
            f"{PREFIX}DATA_DIR: {folder.absolute()} holds {min(names)!r} and no data of this product: "
            "name an empty folder, or a new one"
        )


def readable_by_others(folder: Path) -> bool:
    """Return whether other users of the machine may list or enter the folder; the files in it are private."""
    return bool(folder.stat().st_mode & 0o077)
