"""Folders of files as users drop them."""

import io
import os
import zipfile
from pathlib import Path

DICOM_HEAD = bytes(128) + b"DICM"


def unpacked(archive: bytes, folder: Path) -> Path:
    """Write the files of a ZIP into a folder, beside what a CD and an operating system leave there; return it."""
    with zipfile.ZipFile(io.BytesIO(archive)) as content:
        content.extractall(folder / "images")
    (folder / "DICOMDIR").write_bytes(b"an index")
    (folder / "images" / "Thumbs.db").write_bytes(b"thumbnails")
    return folder


def noise(folder: Path, files: int, bytes_each: int) -> Path:
    """Write files that only begin like DICOM, and are as large as they should be; return the folder."""
    folder.mkdir(parents=True)
    for number in range(files):
        (folder / f"IM{number:05}").write_bytes(DICOM_HEAD + os.urandom(bytes_each - len(DICOM_HEAD)))
    return folder
