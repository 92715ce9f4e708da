"""Write volumes as the files that people upload."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydicom import Dataset, dcmwrite

from analyzer.domain.volume import Volume
from analyzer.testing.dicom_datasets import SeriesIdentity, slice_datasets


def file_bytes(dataset: Dataset) -> bytes:
    """Return the dataset as a DICOM file in the transfer syntax of its meta header."""
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def write_zip(path: Path, members: Mapping[str, bytes], *, compressed: bool = True) -> Path:
    """Write a ZIP of the members in their order; equal members give equal bytes. Returns `path`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, archive.compression)
    return path


def members_of(datasets: Sequence[Dataset], folder: str = "series") -> dict[str, bytes]:
    """Return file name -> file content of the datasets."""
    return {f"{folder}/{number:04d}.dcm": file_bytes(dataset) for number, dataset in enumerate(datasets)}


def write_ct_zip(volume: Volume, path: Path, identity: SeriesIdentity | None = None) -> Path:
    """Write a ZIP of one single-frame file a slice, explicit VR little endian. Returns `path`."""
    return write_zip(path, members_of(slice_datasets(volume, identity)))
