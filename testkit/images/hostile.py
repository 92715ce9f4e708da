"""A corpus of hostile files, each with the expected failure of reading it."""

from dataclasses import dataclass
from pathlib import Path

from analyzer.domain.failures import FailureCode
from testkit.images.hostile_dicom import damaged_codestreams, damaged_dicom
from testkit.images.hostile_nifti import damaged_nifti
from testkit.images.hostile_zip import damaged_archives


@dataclass(frozen=True)
class HostileFile:
    """A hostile file on disk, and the expected failure of reading it alone."""

    name: str
    path: Path
    failure: FailureCode


def write_corpus(folder: Path) -> list[HostileFile]:
    """Write the corpus, about forty megabytes; inflated it would exceed thirty gigabytes."""
    files: list[HostileFile] = []
    for corpus in (damaged_archives(), damaged_dicom(), damaged_codestreams(), damaged_nifti()):
        for name, (failure, content) in corpus.items():
            path = folder / name.replace(" ", "_")
            path.write_bytes(content)
            files.append(HostileFile(name, path, failure))
    return files
