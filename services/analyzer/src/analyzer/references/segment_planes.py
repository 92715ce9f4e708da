"""Planes of each segment of a DICOM SEG, cropped to their pixels; each frame is decoded once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from analyzer.reading.pixels import Frame
from analyzer.references.segment import UNSUPPORTED, ReferenceIgnored
from analyzer.references.segment_frames import SegmentFrames

FRACTION_THRESHOLD = 0.5
"""Minimum share of MaximumFractionalValue of a voxel that belongs to a fractional segment."""


@dataclass(frozen=True)
class SegmentPlane:
    """The pixels of one segment in one frame.

    Attributes:
        position: (3,), LPS mm of the frame's first pixel.
        row, column: of the mask's first pixel in the frame.
        mask: bool [row, column], not empty.
    """

    position: NDArray[np.float64]
    row: int
    column: int
    mask: NDArray[np.bool_] = field(repr=False)


class FrameGroups:
    """Functional groups of a multi-frame dataset: per frame, else shared."""

    def __init__(self, dataset: Dataset) -> None:
        self._shared: Sequence[Dataset] = dataset.get("SharedFunctionalGroupsSequence") or []
        self._per_frame: Sequence[Dataset] = dataset.PerFrameFunctionalGroupsSequence

    def __len__(self) -> int:
        return len(self._per_frame)

    def find(self, index: int, name: str) -> Dataset:
        """Return the first item of the group `name` for frame `index`. Raises KeyError."""
        for groups in (self._per_frame[index], *self._shared):
            if groups.get(name):
                return groups[name].value[0]
        raise KeyError(name)


def planes_by_segment(dataset: Dataset, groups: FrameGroups) -> dict[int, list[SegmentPlane]]:
    """Segment number -> its planes, in the order of the frames. Raises ValueError for inconsistent parts."""
    frames = SegmentFrames(dataset)
    if len(groups) != frames.count:
        raise ValueError("the number of frames differs from the number of functional groups")
    planes: dict[int, list[SegmentPlane]] = defaultdict(list)
    for index in range(frames.count):
        position = finite(groups.find(index, "PlanePositionSequence").ImagePositionPatient, 3)
        for number, mask in _members(dataset, groups, index, frames.read(index)):
            rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            if rows.size:
                used = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()
                planes[number].append(SegmentPlane(position, int(rows[0]), int(columns[0]), used))
    return planes


def finite(values: Sequence[float], count: int) -> NDArray[np.float64]:
    """Return `count` finite numbers as an array. Raises ValueError when they are not."""
    numbers = np.array([float(value) for value in values])
    if numbers.shape != (count,) or not np.isfinite(numbers).all():
        raise ValueError("not the expected count of finite numbers")
    return numbers


def _members(
    dataset: Dataset, groups: FrameGroups, index: int, frame: Frame
) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Yield the number and the mask of each segment in a frame."""
    if dataset.SegmentationType == "LABELMAP":
        yield from ((int(number), frame == number) for number in np.flatnonzero(np.bincount(frame.ravel())) if number)
        return
    number = int(groups.find(index, "SegmentIdentificationSequence").ReferencedSegmentNumber)
    match dataset.SegmentationType:
        case "BINARY":
            yield number, frame > 0
        case "FRACTIONAL":
            yield number, frame >= max(FRACTION_THRESHOLD * float(dataset.MaximumFractionalValue), 1)
        case _:
            raise ReferenceIgnored(UNSUPPORTED)
