"""Outputs of an analysis, which the parent validates because it does not trust the child."""

import os
import re
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.result import MAX_PICTURES, Result

RESULT = "result.json"
MAX_RESULT_BYTES = 16 << 20
MEDIA_TYPES = {".gz": "application/gzip", ".dcm": "application/dicom", ".png": "image/png"}
_MAX_ARTIFACTS = MAX_PICTURES + 5
KNOWN_NAMES = re.compile(r"(image|mask|preview)\.nii\.gz|segmentation\.dcm|report\.dcm|finding-[1-9][0-9]{0,5}\.png")


@dataclass(frozen=True)
class Artifact:
    """An output file in `folder`; its `name` does not identify the patient."""

    name: str
    media_type: str
    folder: Path

    def open(self) -> BinaryIO:
        """Open the file for reading: what is read is what was checked. Raises `AnalysisFailed` INTERNAL."""
        try:
            return _opened(self.folder, self.name)
        except (OSError, ValueError) as error:
            raise AnalysisFailed(FailureCode.INTERNAL, messages.INTERNAL) from error


@dataclass(frozen=True)
class AnalysisOutcome:
    """Outcome of a completed analysis: the result, and its artifacts in a stable order."""

    result: Result
    artifacts: Sequence[Artifact]


def collect(folder: Path) -> AnalysisOutcome:
    """Read the result and list the artifacts; raise `AnalysisFailed` INTERNAL for an unexpected file or too many."""
    try:
        names = set(_names(folder)) - {RESULT}
        result = Result.model_validate_json(_bounded(folder, RESULT))
    except (OSError, ValueError) as error:
        raise AnalysisFailed(FailureCode.INTERNAL, messages.INTERNAL) from error
    if len(names) > _MAX_ARTIFACTS or not all(KNOWN_NAMES.fullmatch(name) for name in names):
        raise AnalysisFailed(FailureCode.INTERNAL, messages.INTERNAL)
    return AnalysisOutcome(result, [_artifact(folder, name) for name in sorted(names, key=_order)])


def empty_folder(folder: Path) -> None:
    """Remove the contents of the folder, not the folder itself."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _names(folder: Path) -> list[str]:
    descriptor = _folder_descriptor(folder)
    try:
        return os.listdir(descriptor)
    finally:
        os.close(descriptor)


def _bounded(folder: Path, name: str) -> bytes:
    with _opened(folder, name) as file:
        content = file.read(MAX_RESULT_BYTES + 1)
    if len(content) > MAX_RESULT_BYTES:
        raise ValueError("not a result")
    return content


def _opened(folder: Path, name: str) -> BinaryIO:
    """Open a regular file, neither a link nor one with a second name. Raises OSError, or ValueError for another kind.

    Without waiting: a named pipe would wait for its writer.
    """
    place = _folder_descriptor(folder)
    try:
        file = os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place), "rb")
    finally:
        os.close(place)
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        file.close()
        raise ValueError("not a regular file")
    return file


def _folder_descriptor(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def _artifact(folder: Path, name: str) -> Artifact:
    return Artifact(name, MEDIA_TYPES[Path(name).suffix], folder)


def _order(name: str) -> tuple[int, str, int]:
    number = re.search(r"\d+", name)
    return (int(name.endswith(".png")), name.split("-")[0], int(number[0]) if number else 0)
