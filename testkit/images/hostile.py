"""Files that try to break, flood or mislead whoever reads them, each with what must come of it."""

from dataclasses import dataclass
from pathlib import Path

from analyzer.domain.failures import FailureCode
from testkit.images.hostile_dicom import damaged_codestreams, damaged_dicom
from testkit.images.hostile_nifti import damaged_nifti
from testkit.images.hostile_zip import damaged_archives


@dataclass(frozen=True)
class HostileFile:
    """A file on disk, and the failure that reading it alone must end with."""

    name: str
    path: Path
    failure: FailureCode


def write_corpus(folder: Path) -> list[HostileFile]:
    """Write the whole corpus, some forty megabytes; unpacked it would be more than thirty gigabytes."""
    files: list[HostileFile] = []
    for corpus in (damaged_archives(), damaged_dicom(), damaged_codestreams(), damaged_nifti()):
        for name, (failure, content) in corpus.items():
            path = folder / name.replace(" ", "_")
            path.write_bytes(content)
            files.append(HostileFile(name, path, failure))
    return files
