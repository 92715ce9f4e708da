"""Outputs of an analysis, which the parent validates because it does not trust the child."""

import re
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.result import Result

RESULT = "result.json"
MAX_RESULT_BYTES = 16 << 20
MEDIA_TYPES = {".gz": "application/gzip", ".dcm": "application/dicom", ".png": "image/png"}
KNOWN_NAMES = re.compile(r"mask\.nii\.gz|segmentation\.dcm|finding-[1-9][0-9]{0,5}\.png")


@dataclass(frozen=True)
class Artifact:
    """An output file: its `name` does not identify the patient, `path` is in the work folder, `size` in bytes."""

    name: str
    media_type: str
    size: int
    path: Path


@dataclass(frozen=True)
class AnalysisOutcome:
    """Outcome of a completed analysis: the result, and its artifacts in a stable order."""

    result: Result
    artifacts: Sequence[Artifact]


def collect(folder: Path) -> AnalysisOutcome:
    """Read the result and list the artifacts; raise `AnalysisFailed` INTERNAL for an unexpected file."""
    try:
        files = {entry.name: entry for entry in folder.iterdir()}
        result = Result.model_validate_json(_bounded(files.pop(RESULT)))
    except (OSError, KeyError, ValueError) as error:
        raise AnalysisFailed(FailureCode.INTERNAL, messages.INTERNAL) from error
    if not all(KNOWN_NAMES.fullmatch(name) and _is_regular_file(path) for name, path in files.items()):
        raise AnalysisFailed(FailureCode.INTERNAL, messages.INTERNAL)
    return AnalysisOutcome(result, [_artifact(files[name]) for name in sorted(files, key=_order)])


def empty_folder(folder: Path) -> None:
    """Remove the contents of the folder, not the folder itself."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _bounded(path: Path) -> bytes:
    if not _is_regular_file(path) or path.stat().st_size > MAX_RESULT_BYTES:
        raise ValueError("not a result")
    return path.read_bytes()


def _is_regular_file(path: Path) -> bool:
    """Return whether this is a regular file, neither a symbolic link nor a hard link."""
    status = path.lstat()
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def _artifact(path: Path) -> Artifact:
    return Artifact(path.name, MEDIA_TYPES[path.suffix], path.stat().st_size, path)


def _order(name: str) -> tuple[int, str, int]:
    number = re.search(r"\d+", name)
    return (int(name.endswith(".png")), name.split("-")[0], int(number[0]) if number else 0)
