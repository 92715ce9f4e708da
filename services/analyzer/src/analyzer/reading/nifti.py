"""Reader of NIfTI-1 and NIfTI-2 images; the axes are permuted and flipped, never interpolated."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan, prod

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from analyzer.domain.volume import Volume
from analyzer.reading.hounsfield import PADDING, looks_like_ct
from analyzer.reading.ignored_files import FileIgnored, Reason, untrusted_parsing
from analyzer.reading.inflation import GZIP, inflate
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.missing_values import MissingValues
from analyzer.reading.nifti_grid import Grid, grid_of
from analyzer.reading.sources import Source
from analyzer.reading.streams import SourceStream, blocks_of, read_to_end
from analyzer.reading.voxel_stack import Voxels, VoxelStack

GZIP_MAGIC = b"\x1f\x8b"
HEADERS = {b"n+1\0": (nib.Nifti1Header, 348, 344), b"n+2\0": (nib.Nifti2Header, 540, 4)}
MAX_HEADER_BYTES = 540
DECODED_BYTES = 2


@dataclass(frozen=True)
class NiftiImage:
    """A decoded NIfTI file; `is_mask` when its values are 0 and one positive value only.

    `warning` is the code of a warning about its header, if any.
    """

    volume: Volume
    is_mask: bool
    content_key: str
    warning: str | None


def looks_like_nifti(source: Source, head: bytes) -> bool:
    """Return whether the file with the first bytes `head` is NIfTI, gzipped or not."""
    if not head.startswith(GZIP_MAGIC):
        return _magic(head) is not None
    try:
        return (
            _magic(SourceStream(inflate(source.pieces(), GZIP, source.budget), 2**22).read(MAX_HEADER_BYTES))
            is not None
        )
    except FileIgnored:
        return False


def _magic(head: bytes) -> bytes | None:
    return next((magic for magic, (_, _, offset) in HEADERS.items() if head[offset : offset + 4] == magic), None)


def read_nifti(source: Source, limits: ReadingLimits, max_bytes: int, key: bytes) -> NiftiImage:
    """Decode the file into at most `max_bytes` bytes.

    Raises `FileIgnored` (damaged, no geometry, not one volume), `AnalysisFailed(TOO_LARGE)`.
    """
    digest = hmac.new(key, digestmod=hashlib.sha256)
    with untrusted_parsing():
        head = next(iter(source.pieces()), b"")
        pieces = inflate(source.pieces(), GZIP, source.budget) if head.startswith(GZIP_MAGIC) else source.pieces()
        voxels, grid, missing = _decode(
            SourceStream(_hashed(pieces, digest), limits.header_bytes), max_bytes, limits.plane_bytes
        )
        is_mask = _is_mask(voxels)
        is_ct = not is_mask and _fill(missing, voxels, grid)
        volume = Volume(
            voxels=voxels,
            row_direction=grid.row_direction,
            column_direction=grid.column_direction,
            origins=grid.origins,
            pixel_spacing=grid.pixel_spacing,
            modality="CT" if is_ct else "",
        )
    return NiftiImage(volume, is_mask, digest.hexdigest()[:16], grid.warning)


def _fill(missing: MissingValues, voxels: Voxels, grid: Grid) -> bool:
    """Fill what is no number: air in a CT, else the lowest value. Returns whether it is a CT.

    In a mask it stays 0: not marked. Raises `FileIgnored(DAMAGED)` when it is not outside of the field of view.
    """
    if not missing:
        return looks_like_ct(voxels)
    in_file_order = grid.in_file_order(voxels)
    missing.check_outside(in_file_order.shape[2])
    missing.fill(in_file_order, missing.lowest(in_file_order))
    is_ct = looks_like_ct(voxels)
    if is_ct:
        missing.fill(in_file_order, PADDING)
    return is_ct


def _hashed(pieces: Iterator[bytes], digest: hmac.HMAC) -> Iterator[bytes]:
    for piece in pieces:
        digest.update(piece)
        yield piece


def _decode(stream: SourceStream, max_bytes: int, plane_bytes: int) -> tuple[Voxels, Grid, MissingValues]:
    header = _read_header(stream)
    shape = _shape(header)
    slope, intercept = _scaling(header)
    dtype = header.get_data_dtype()
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise FileIgnored(Reason.COLOUR)
    if prod(shape[:2]) * dtype.itemsize > plane_bytes or prod(shape) * DECODED_BYTES > max_bytes:
        raise FileIgnored(Reason.TOO_LARGE)
    grid = grid_of(header, shape)
    stack = VoxelStack(grid.shape, max_bytes)
    stream.seek(_data_offset(header))
    data = stream.pieces()
    columns, rows, planes = shape
    size = columns * rows * dtype.itemsize
    missing = MissingValues()
    count = 0
    for count, block in zip(range(1, planes + 1), blocks_of(data, size), strict=False):
        plane = missing.take(count - 1, np.frombuffer(block, dtype).reshape(rows, columns).T)
        stack.put(lambda array, k=count - 1: grid.in_file_order(array)[:, :, k], plane, slope, intercept)
    read_to_end(data)
    if count != planes:
        raise FileIgnored(Reason.DAMAGED)
    return stack.array, grid, missing


def _read_header(stream: SourceStream) -> nib.Nifti1Header:
    head = stream.read(MAX_HEADER_BYTES)
    magic = _magic(head)
    if magic is None:
        raise FileIgnored(Reason.DAMAGED)
    header_class, length, _ = HEADERS[magic]
    return header_class(head[:length], check=False)


def _shape(header: nib.Nifti1Header) -> tuple[int, int, int]:
    """Return (i, j, k) of the file; further dimensions must be 1."""
    columns, rows, planes, *more = (*(int(side) for side in header.get_data_shape()), 1, 1, 1)[:7]
    if any(side != 1 for side in more):
        raise FileIgnored(Reason.GEOMETRY_MIXED)
    if min(columns, rows, planes) < 1:
        raise FileIgnored(Reason.DAMAGED)
    return columns, rows, planes


def _data_offset(header: nib.Nifti1Header) -> int:
    offset = int(header["vox_offset"])
    if offset < int(header["sizeof_hdr"]):
        raise FileIgnored(Reason.DAMAGED)
    return offset


def _scaling(header: nib.Nifti1Header) -> tuple[float, float]:
    """Return slope and intercept; a slope of 0 (as in the standard) or NaN (as nibabel writes) means no scaling."""
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    return (1.0, 0.0) if slope == 0 or isnan(slope) else (slope, intercept)


def _is_mask(voxels: NDArray[np.generic]) -> bool:
    low, high = voxels.min(), voxels.max()
    return bool(low == 0 and np.logical_or(voxels == 0, voxels == high).all())
