"""Reader of NIfTI-1 and NIfTI-2 images; the axes are permuted and flipped, never interpolated.

Of several volumes (time points, b-values) the first is read: they have one grid, so that the order of ADR 42 is all
that ranks them.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from analyzer.domain.volume import Volume
from analyzer.reading.hounsfield import PADDING, looks_like_ct
from analyzer.reading.ignored_files import FileIgnored, Reason, untrusted_parsing
from analyzer.reading.inflation import GZIP, inflate
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.missing_values import MissingValues
from analyzer.reading.nifti_grid import Grid, grid_of
from analyzer.reading.nifti_header import MAX_HEADER_BYTES, NiftiHeader, read_nifti_header
from analyzer.reading.sources import LocalFile, Source
from analyzer.reading.streams import SourceStream, blocks_of, read_to_end, skip
from analyzer.reading.voxel_stack import Voxels, VoxelStack

GZIP_MAGIC = b"\x1f\x8b"
DECODED_BYTES = 2


@dataclass(frozen=True)
class NiftiImage:
    """The first volume of a NIfTI file; `is_mask` when its values are 0 and one positive value only.

    `volumes` is the number of volumes in the file, `warning` the code of a warning about its header, if any.
    """

    volume: Volume
    volumes: int
    is_mask: bool
    content_key: str
    warning: str | None


def unpacked_head(source: Source, head: bytes) -> bytes:
    """Return the first bytes `head` of a file, or what they hold where it is gzipped; empty for a damaged one."""
    if not head.startswith(GZIP_MAGIC):
        return head
    try:
        return SourceStream(inflate(source.pieces(), GZIP, source.budget), 2**22).read(MAX_HEADER_BYTES)
    except FileIgnored:
        return b""


def read_nifti(source: Source, limits: ReadingLimits, max_bytes: int, key: bytes) -> NiftiImage:
    """Decode the file into at most `max_bytes` bytes.

    Raises `FileIgnored` (damaged, no geometry, vectors or colours), `AnalysisFailed(TOO_LARGE)`.
    """
    digest = hmac.new(key, digestmod=hashlib.sha256)
    with untrusted_parsing():
        head = next(iter(source.pieces()), b"")
        is_packed = head.startswith(GZIP_MAGIC)
        pieces = inflate(source.pieces(), GZIP, source.budget) if is_packed else source.pieces()
        stream = SourceStream(pieces, limits.header_bytes)
        header = read_nifti_header(stream)
        _check_size(header, limits, max_bytes)
        grid = grid_of(header.raw, header.shape)
        missing = MissingValues()
        blocks = blocks_of(_data(stream, header, digest), header.plane_bytes)
        voxels = _decode(blocks, header, grid, missing, max_bytes, digest)
        if header.volumes == 1:
            read_to_end(_hashed(blocks, digest))
        elif is_packed or not isinstance(source, LocalFile):
            skip(blocks, (header.volumes - 1) * header.volume_bytes)
        elif source.size < header.data_offset + header.volumes * header.volume_bytes:
            raise FileIgnored(Reason.DAMAGED)
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
    return NiftiImage(volume, header.volumes, is_mask, digest.hexdigest()[:16], grid.warning)


def _check_size(header: NiftiHeader, limits: ReadingLimits, max_bytes: int) -> None:
    """Raise `FileIgnored(TOO_LARGE)` for too large a plane, volume or file."""
    decoded = prod(header.shape) * DECODED_BYTES
    whole = header.volumes * header.volume_bytes if header.volumes > 1 else 0
    if header.plane_bytes > limits.plane_bytes or decoded > max_bytes or whole > limits.unpacked_bytes:
        raise FileIgnored(Reason.TOO_LARGE)


def _data(stream: SourceStream, header: NiftiHeader, digest: hmac.HMAC) -> Iterator[bytes]:
    """Hash what precedes the voxels, and return the pieces from there on."""
    stream.seek(0)
    digest.update(stream.read(header.data_offset))
    return stream.pieces()


def _hashed(pieces: Iterator[bytes], digest: hmac.HMAC) -> Iterator[bytes]:
    for piece in pieces:
        digest.update(piece)
        yield piece


def _decode(
    blocks: Iterator[bytes],
    header: NiftiHeader,
    grid: Grid,
    missing: MissingValues,
    max_bytes: int,
    digest: hmac.HMAC,
) -> Voxels:
    """Take one volume from the blocks, each a plane, and hash it. Raises `FileIgnored(DAMAGED)` when they end early."""
    columns, rows, planes = header.shape
    stack = VoxelStack(grid.shape, max_bytes)
    for number in range(planes):
        block = next(blocks, b"")
        if len(block) < header.plane_bytes:
            raise FileIgnored(Reason.DAMAGED)
        digest.update(block)
        plane = missing.take(number, np.frombuffer(block, header.dtype).reshape(rows, columns).T)
        stack.put(lambda array, k=number: grid.in_file_order(array)[:, :, k], plane, header.slope, header.intercept)
    return stack.array


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


def _is_mask(voxels: NDArray[np.generic]) -> bool:
    low, high = voxels.min(), voxels.max()
    return bool(low == 0 and np.logical_or(voxels == 0, voxels == high).all())
