"""Reader of DICOM SEG: binary, fractional and label map segments, mapped to the grid of the analysed volume."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from analyzer.domain.volume import Volume
from analyzer.references.boxes import cropped
from analyzer.references.grid_mapping import map_onto
from analyzer.references.lesion_rule import is_lesion_segment
from analyzer.references.plane_stack import PlaneStack, plane_thickness
from analyzer.references.segment import UNSUPPORTED, ReferenceIgnored, Segment
from analyzer.references.segment_planes import FrameGroups, SegmentPlane, finite, planes_by_segment

SAME_POSITION_MM = 1e-3
PERPENDICULAR_TOLERANCE = 1e-3


def read_segments(dataset: Dataset, volume: Volume) -> list[Segment]:
    """Map each segment to the grid of the volume; omit those that do not intersect it. Segments may overlap.

    Raises `ReferenceIgnored` for an unsupported type or encoding; ValueError, AttributeError and the like for a
    malformed dataset.
    """
    groups = FrameGroups(dataset)
    planes = planes_by_segment(dataset, groups)
    segments: list[Segment] = []
    for item in dataset.SegmentSequence:
        own = planes.get(int(item.SegmentNumber))
        box = map_onto(volume, _stack(own, groups, volume)) if own else None
        if box is not None:
            segments.append(Segment(is_lesion_segment(item), *box))
    return segments


def _stack(planes: Sequence[SegmentPlane], groups: FrameGroups, volume: Volume) -> PlaneStack:
    orientation = finite(groups.find(0, "PlaneOrientationSequence").ImageOrientationPatient, 6)
    row_direction, column_direction = orientation[:3], orientation[3:]
    normal = np.cross(row_direction, column_direction)
    if abs(float(np.linalg.norm(normal)) - 1) > PERPENDICULAR_TOLERANCE:
        raise ValueError("directions are not perpendicular unit vectors")
    measures = groups.find(0, "PixelMeasuresSequence")
    between_rows, between_columns = (float(spacing) for spacing in finite(measures.PixelSpacing, 2))
    if min(between_rows, between_columns) <= 0:
        raise ValueError("pixel spacing is not positive")
    ordered = sorted(planes, key=lambda plane: float(plane.position @ normal))
    positions = np.stack([plane.position for plane in ordered])
    if np.any(np.diff(positions @ normal) < SAME_POSITION_MM):
        raise ReferenceIgnored(UNSUPPORTED)
    top, left, masks = _cropped_masks(ordered)
    corner = top * between_rows * column_direction + left * between_columns * row_direction
    return PlaneStack(
        masks=masks,
        origins=positions + corner,
        row_direction=row_direction,
        column_direction=column_direction,
        pixel_spacing=(between_columns, between_rows),
        thickness=plane_thickness(positions @ normal, normal, volume, _declared_spacing(measures)),
    )


def _cropped_masks(planes: Sequence[SegmentPlane]) -> tuple[int, int, NDArray[np.bool_]]:
    """Return the first row and column in use, and the masks of all planes cropped to there."""
    box = cropped({k: (plane.row, plane.column, plane.mask) for k, plane in enumerate(planes)})
    if box is None:
        raise ValueError("planes without pixels")
    (_, top, left), masks = box
    return top, left, masks


def _declared_spacing(measures: Dataset) -> float | None:
    for name in ("SpacingBetweenSlices", "SliceThickness"):
        value = float(measures.get(name) or 0)
        if np.isfinite(value) and value > 0:
            return value
    return None
