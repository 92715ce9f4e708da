"""Decoding of the slices of the chosen series into a volume."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from analyzer import messages
from analyzer.domain.failures import AnalysisFailed, FailureCode
from analyzer.domain.volume import Volume
from analyzer.reading.dicom_header import Header, drop_sequences, read_header
from analyzer.reading.ignored_files import FileIgnored, untrusted_parsing
from analyzer.reading.images import Image
from analyzer.reading.limits import ReadingLimits
from analyzer.reading.pixels import Frame, decode_frames
from analyzer.reading.planes import Plane
from analyzer.reading.series import ImageSeries
from analyzer.reading.streams import SourceStream
from analyzer.reading.voxel_stack import VoxelStack

AIR = -1024
"""Value of the padding of a CT (pixels outside of the scan field of view), Hounsfield units."""


@dataclass(frozen=True)
class Decoded:
    """The volume, the headers of the files in the order of their first slice, and the source frame of each slice."""

    volume: Volume
    headers: list[Dataset]
    frames: list[tuple[int, int]]


def decode_series(series: ImageSeries, limits: ReadingLimits, progress: Callable[[float], None]) -> Decoded:
    """Decode all slices, one at a time. `progress` receives the completed share.

    Raises `AnalysisFailed`: UNSUPPORTED_SYNTAX for pixels that cannot be decoded, TOO_LARGE, ZIP_INVALID.
    """
    files = _slices_by_file(series)
    stack = VoxelStack((len(series.slices), series.first.rows, series.first.columns), limits.volume_bytes)
    headers: list[Dataset] = []
    remaining_bytes = limits.kept_header_bytes
    for number, (image, planes) in enumerate(files, start=1):
        header = _decode_file(image, planes, stack, limits)
        remaining_bytes -= header.pixels.offset if header.pixels else 0
        if remaining_bytes < 0:
            raise AnalysisFailed(FailureCode.TOO_LARGE, messages.HEADERS_TOO_LARGE)
        headers.append(header.dataset)
        progress(number / len(files))
    return Decoded(_volume(series, stack), headers, _frames(series, files))


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
    image: Image, planes: dict[int, tuple[int, Plane]], stack: VoxelStack, limits: ReadingLimits
) -> Header:
    """Read the header again (the index keeps none), then decode the frames of the series into the stack."""
    try:
        with untrusted_parsing():
            stream = SourceStream(image.source.pieces(), limits.header_bytes)
            header = read_header(stream, limits.header_bytes, image.source.budget)
            padding = padding_range(header.dataset) if image.modality == "CT" else None
            found = 0
            for number, frame in enumerate(decode_frames(header), start=1):
                if number in planes:
                    index, plane = planes[number]
                    stored = without_padding(frame, padding, plane)
                    stack.put(lambda array, k=index: array[k], stored, plane.slope, plane.intercept)
                    found += 1
            drop_sequences(header.dataset)
    except FileIgnored:
        raise _undecodable() from None
    if found < len(planes):
        raise _undecodable()
    return header


def _undecodable() -> AnalysisFailed:
    return AnalysisFailed(FailureCode.UNSUPPORTED_SYNTAX, messages.PIXELS_UNDECODABLE)


def padding_range(dataset: Dataset) -> tuple[int, int] | None:
    """Return the lowest and highest stored value of the pixel padding range (PS3.3 C.7.5.1.1.2)."""
    try:
        first = int(dataset["PixelPaddingValue"].value)
        limit = dataset.get("PixelPaddingRangeLimit")
        second = first if limit is None else int(limit)
    except (KeyError, TypeError, ValueError):
        return None
    return min(first, second), max(first, second)


def without_padding(frame: Frame, padding: tuple[int, int] | None, plane: Plane) -> Frame:
    """Return the frame with its padding replaced by air."""
    if padding is None:
        return frame
    outside = (frame >= padding[0]) & (frame <= padding[1])
    if not outside.any():
        return frame
    air = round((AIR - plane.intercept) / plane.slope)
    limits = np.iinfo(frame.dtype)
    return np.where(outside, np.clip(air, limits.min, limits.max), frame).astype(frame.dtype)


def _volume(series: ImageSeries, stack: VoxelStack) -> Volume:
    first = series.slices[0]
    images = [item.image for item in series.slices]
    return Volume(
        voxels=stack.array,
        row_direction=np.array(first.plane.row_direction),
        column_direction=np.array(first.plane.column_direction),
        origins=_origins(series),
        pixel_spacing=first.plane.spacing,
        modality=first.image.modality,
        lossy=any(image.lossy for image in images),
        burned_in=any(image.burned_in for image in images),
        frame_of_reference=first.image.frame_of_reference,
    )


def _origins(series: ImageSeries) -> NDArray[np.float64]:
    return np.array([plane.position for _, plane in series.slices])
