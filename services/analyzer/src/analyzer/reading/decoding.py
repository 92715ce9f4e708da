"""Decoding of the slices of the chosen series into a volume."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from pydicom import Dataset
from pydicom.valuerep import format_number_as_ds

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.orientation import Floats, Orientation, orientation_of
from analyzer.domain.volume import Volume
from analyzer.reading.dicom_header import Header, drop_sequences, read_header
from analyzer.reading.ignored_files import FileIgnored, untrusted_parsing
from analyzer.reading.images import Image
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.pixels import decode_frames
from analyzer.reading.planes import Plane
from analyzer.reading.series import ImageSeries
from analyzer.reading.stored_values import as_signed, padding_range, without_padding
from analyzer.reading.streams import SourceStream
from analyzer.reading.voxel_stack import Voxels, VoxelStack, keep_slices

MIN_DECODED_SHARE = 0.5
"""Smallest share of the slices that must be undamaged: less is no image of the whole."""


@dataclass(frozen=True)
class Decoded:
    """The volume, the headers of the files in the order of their first slice, and the source frame of each slice.

    `damaged` is the number of slices that could not be decoded and are left out.
    """

    volume: Volume
    headers: list[Dataset]
    frames: list[tuple[int, int]]
    damaged: int


def decode_series(series: ImageSeries, limits: ReadingLimits, progress: Callable[[float], None]) -> Decoded:
    """Decode all slices, one at a time. `progress` receives the completed share.

    Raises `AnalysisFailed`: UNSUPPORTED_SYNTAX for pixels that cannot be decoded, TOO_LARGE, ZIP_INVALID.
    """
    files = _slices_by_file(series)
    own = _grid(series).orientation
    shape = own.shape((len(series.slices), series.first.rows, series.first.columns))
    stack = VoxelStack(shape, limits.volume_bytes)
    headers: dict[int, Dataset] = {}
    decoded: set[int] = set()
    remaining_bytes = limits.kept_header_bytes
    for number, (image, planes) in enumerate(files, start=1):
        header, found = _decode_file(image, planes, stack, own, limits)
        decoded |= found
        if header is not None and found:
            remaining_bytes -= header.pixels.offset if header.pixels else 0
            headers[id(image)] = header.dataset
        if remaining_bytes < 0:
            raise AnalysisFailed(FailureCode.TOO_LARGE, messages.HEADERS_TOO_LARGE)
        progress(number / len(files))
    if len(decoded) < MIN_DECODED_SHARE * len(series.slices) or not decoded:
        raise AnalysisFailed(FailureCode.UNSUPPORTED_SYNTAX, messages.PIXELS_UNDECODABLE)
    voxels = keep_slices(own.to_own(stack.array), sorted(decoded))
    kept = replace(series, slices=[series.slices[index] for index in sorted(decoded)])
    return _decoded(kept, voxels, headers, damaged=len(series.slices) - len(decoded))


def _decoded(series: ImageSeries, voxels: Voxels, headers: dict[int, Dataset], damaged: int) -> Decoded:
    grid, files = _grid(series), _slices_by_file(series)
    in_order = [headers[id(image)] for image, _ in files]
    if not grid.is_uniform:
        in_order = [_on_grid(header, grid) for header in in_order]
    return Decoded(_volume(series, voxels, grid), in_order, _frames(series, files), damaged)


_FileSlices = list[tuple[Image, dict[int, tuple[int, Plane]]]]
"""For each file: frame number -> (slice index, plane)."""


def _slices_by_file(series: ImageSeries) -> _FileSlices:
    files: dict[int, tuple[Image, dict[int, tuple[int, Plane]]]] = {}
    for index, (image, plane) in enumerate(series.slices):
        files.setdefault(id(image), (image, {}))[1][plane.frame] = (index, plane)
    return list(files.values())


def _frames(series: ImageSeries, files: _FileSlices) -> list[tuple[int, int]]:
    numbers = {id(image): number for number, (image, _) in enumerate(files)}
    return [(numbers[id(image)], plane.frame) for image, plane in series.slices]


def _decode_file(
    image: Image, planes: dict[int, tuple[int, Plane]], stack: VoxelStack, own: Orientation, limits: ReadingLimits
) -> tuple[Header | None, set[int]]:
    """Read the header again (the index keeps none), then decode the frames of the series into the stack.

    Returns the indices of the decoded slices, without damaged frames; none and no header for a damaged file.
    """
    with suppress(FileIgnored), untrusted_parsing():
        stream = SourceStream(image.source.pieces(), limits.header_bytes)
        header = read_header(stream, limits.header_bytes, image.source.budget)
        is_ct = image.modality == "CT"
        padding = padding_range(header.dataset) if is_ct else None
        found: set[int] = set()
        for number, frame in enumerate(decode_frames(header), start=1):
            if number in planes and frame is not None:
                index, plane = planes[number]
                stored = without_padding(as_signed(frame, plane) if is_ct else frame, padding, plane)
                stack.put(lambda array, k=index: own.to_own(array)[k], stored, plane.slope, plane.intercept)
                found.add(index)
        drop_sequences(header.dataset)
        return header, found
    return None, set()


@dataclass(frozen=True)
class _Grid:
    """Directions, spacing and origins of the slices: of directions and spacings that differ by rounding, the median."""

    row_direction: Floats
    column_direction: Floats
    pixel_spacing: tuple[float, float]
    origins: Floats
    is_uniform: bool

    @property
    def orientation(self) -> Orientation:
        return orientation_of(self.row_direction, self.column_direction, self.origins)


def _grid(series: ImageSeries) -> _Grid:
    planes = [plane for _, plane in series.slices]
    row = np.median([plane.row_direction for plane in planes], axis=0)
    column = np.median([plane.column_direction for plane in planes], axis=0)
    spacing = np.median([plane.spacing for plane in planes], axis=0)
    stated = {(*plane.row_direction, *plane.column_direction, *plane.spacing) for plane in planes}
    if len(stated) > 1:
        row = row / np.linalg.norm(row)
        column = column - (column @ row) * row
        column = column / np.linalg.norm(column)
    origins = np.array([plane.position for plane in planes])
    return _Grid(row, column, (float(spacing[0]), float(spacing[1])), origins, len(stated) == 1)


def _on_grid(header: Dataset, grid: _Grid) -> Dataset:
    """Set the directions and the spacing that the volume has: a DICOM SEG must have one of each for all its sources."""
    if "ImageOrientationPatient" in header:
        directions = (*grid.row_direction, *grid.column_direction)
        header.ImageOrientationPatient = [format_number_as_ds(float(cosine)) for cosine in directions]
        header.PixelSpacing = [format_number_as_ds(spacing) for spacing in grid.pixel_spacing[::-1]]
    return header


def _volume(series: ImageSeries, voxels: Voxels, grid: _Grid) -> Volume:
    images = [item.image for item in series.slices]
    return Volume(
        voxels=voxels,
        row_direction=grid.row_direction,
        column_direction=grid.column_direction,
        origins=grid.origins,
        pixel_spacing=grid.pixel_spacing,
        modality=series.first.modality,
        lossy=any(image.lossy for image in images),
        burned_in=any(image.burned_in for image in images),
        frame_of_reference=series.first.frame_of_reference,
    )
