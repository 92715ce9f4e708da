"""Writers of volumes as uploads: DICOM files and ZIP archives."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydicom import Dataset, dcmwrite
from pydicom.uid import UID, ExplicitVRLittleEndian

from analyzer.domain.volume import Volume
from testkit.images.dicom_canary import with_canary
from testkit.images.dicom_datasets import SeriesIdentity, slice_datasets
from testkit.images.dicom_multiframe import multi_frame_dataset
from testkit.images.dicom_syntaxes import encoded


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


def series_members(
    volume: Volume,
    identity: SeriesIdentity | None = None,
    *,
    syntax: UID = ExplicitVRLittleEndian,
    multi_frame: bool = False,
    legacy: bool = False,
    canary: str = "",
) -> dict[str, bytes]:
    """Return file name -> content of the volume as a DICOM series.

    `syntax` is one of `dicom_syntaxes.LOSSLESS`, or JPEGBaseline8Bit. `multi_frame` writes one enhanced file, `legacy`
    a legacy converted one. `canary` is set in every identifying and private element and in the file names.
    """
    if multi_frame:
        datasets = [multi_frame_dataset(volume, identity, legacy=legacy)]
    else:
        datasets = slice_datasets(volume, identity)
    if canary:
        datasets = [with_canary(dataset, canary) for dataset in datasets]
    return members_of([encoded(dataset, syntax) for dataset in datasets], f"{canary or 'patient'}/{canary}series")


def write_series(
    volume: Volume,
    path: Path,
    identity: SeriesIdentity | None = None,
    *,
    syntax: UID = ExplicitVRLittleEndian,
    multi_frame: bool = False,
    legacy: bool = False,
    canary: str = "",
    extra: Mapping[str, bytes] | None = None,
    compressed: bool = True,
) -> Path:
    """Write the series (see `series_members`), and `extra` members, as a ZIP. Returns `path`."""
    members = series_members(volume, identity, syntax=syntax, multi_frame=multi_frame, legacy=legacy, canary=canary)
    return write_zip(path, members | dict(extra or {}), compressed=compressed)


def write_ct_zip(volume: Volume, path: Path, identity: SeriesIdentity | None = None) -> Path:
    """Write a ZIP of one single-frame file per slice, explicit VR little endian. Returns `path`."""
    return write_series(volume, path, identity)
