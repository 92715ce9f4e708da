"""The header of a NIfTI file, version 1 or 2: what is read of it, and what is refused."""

from dataclasses import dataclass
from math import isnan, prod
from typing import Any

import nibabel as nib
import numpy as np

from analyzer.reading.ignored_files import FileIgnored, Reason
from analyzer.reading.streams import SourceStream

HEADERS = {b"n+1\0": (nib.Nifti1Header, 348, 344), b"n+2\0": (nib.Nifti2Header, 540, 4)}
PAIRED = ((b"ni1\0", 344), (b"ni2\0", 4))
"""Magic and offset of a header whose voxels are in a file of their own, `.hdr` beside `.img`."""

MAX_HEADER_BYTES = 540
MAX_DIMENSIONS = 7
MAX_VOLUMES = 10_000
"""Each is listed in the result, which has to fit into an event."""

COMPONENT_INTENTS = frozenset({*range(1004, 1011), 2003, 2004})
"""Intents (nifti1.h) of files whose further axes hold the parts of a vector, a matrix or a colour."""


@dataclass(frozen=True)
class NiftiHeader:
    """The header.

    Attributes:
        raw: what the affine is read from.
        shape: sides of a volume in the file's order.
        volumes: number of volumes along the fourth axis, each whole, one after the other.
        dtype: of the stored values, with their byte order.
        slope, intercept: value = stored value x slope + intercept.
        data_offset: of the first voxel, in bytes.
    """

    raw: nib.Nifti1Header
    shape: tuple[int, int, int]
    volumes: int
    dtype: np.dtype[Any]
    slope: float
    intercept: float
    data_offset: int

    @property
    def plane_bytes(self) -> int:
        """Length of one plane of voxels."""
        return prod(self.shape[:2]) * self.dtype.itemsize

    @property
    def volume_bytes(self) -> int:
        """Length of one volume."""
        return self.plane_bytes * self.shape[2]


def has_nifti_magic(head: bytes) -> bool:
    """Return whether a file with the first bytes `head`, not gzipped, is NIfTI in one file."""
    return _magic(head) is not None


def is_paired_header(head: bytes) -> bool:
    """Return whether the first bytes are a header whose voxels are in another file."""
    return any(head[offset : offset + 4] == magic for magic, offset in PAIRED)


def read_nifti_header(stream: SourceStream) -> NiftiHeader:
    """Read the header from the start of the stream. Raises `FileIgnored`: DAMAGED, COLOUR, COMPONENTS, TOO_LARGE."""
    head = stream.read(MAX_HEADER_BYTES)
    magic = _magic(head)
    if magic is None:
        raise FileIgnored(Reason.DAMAGED)
    header_class, length, _ = HEADERS[magic]
    raw = header_class(head[:length], check=False)
    shape, volumes = _shape(raw)
    slope, intercept = _scaling(raw)
    dtype = raw.get_data_dtype()
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise FileIgnored(Reason.COLOUR)
    return NiftiHeader(raw, shape, volumes, dtype, slope, intercept, _data_offset(raw))


def _magic(head: bytes) -> bytes | None:
    return next((magic for magic, (_, _, offset) in HEADERS.items() if head[offset : offset + 4] == magic), None)


def _shape(raw: nib.Nifti1Header) -> tuple[tuple[int, int, int], int]:
    """Return (i, j, k) of a volume, and the number of volumes; dimensions beyond the fourth must be 1.

    A further dimension of 0 means 1, as in the standard's library.
    """
    if not 1 <= int(raw["dim"][0]) <= MAX_DIMENSIONS:
        raise FileIgnored(Reason.DAMAGED)
    columns, rows, planes, volumes, *more = (*(int(side) for side in raw.get_data_shape()), 1, 1, 1, 1)[:MAX_DIMENSIONS]
    volumes = volumes or 1
    if any(side not in {0, 1} for side in more) or (volumes != 1 and int(raw["intent_code"]) in COMPONENT_INTENTS):
        raise FileIgnored(Reason.COMPONENTS)
    if min(columns, rows, planes, volumes) < 1:
        raise FileIgnored(Reason.DAMAGED)
    if volumes > MAX_VOLUMES:
        raise FileIgnored(Reason.TOO_LARGE)
    return (columns, rows, planes), volumes


def _data_offset(raw: nib.Nifti1Header) -> int:
    offset = int(raw["vox_offset"])
    if offset < int(raw["sizeof_hdr"]):
        raise FileIgnored(Reason.DAMAGED)
    return offset


def _scaling(raw: nib.Nifti1Header) -> tuple[float, float]:
    """Return slope and intercept; a slope of 0 (as in the standard) or NaN (as nibabel writes) means no scaling."""
    slope, intercept = float(raw["scl_slope"]), float(raw["scl_inter"])
    return (1.0, 0.0) if slope == 0 or isnan(slope) else (slope, intercept)
