"""DICOM SEG: binary, fractional and label map segments, each on planes of its own."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from analyzer.domain.volume import Volume
from analyzer.references.boxes import cropped
from analyzer.references.grid_mapping import map_onto
from analyzer.references.lesion_rule import is_lesion_segment
from analyzer.references.plane_stack import PlaneStack, standing_for
from analyzer.references.segment import UNSUPPORTED, ReferenceIgnored, Segment
from analyzer.references.segment_planes import FrameGroups, SegmentPlane, finite, planes_by_segment

SAME_PLACE_MM = 1e-3
PERPENDICULAR = 1e-3


def read_segments(dataset: Dataset, volume: Volume) -> list[Segment]:
    """Bring each segment onto the volume's grid; those that do not meet it are left out. Segments may overlap.

    Raises `ReferenceIgnored` for a kind or encoding that is not read, and ValueError, AttributeError and the like where
    the dataset is malformed.
    """
    groups = FrameGroups(dataset)
    planes = planes_by_segment(dataset, groups)
    found: list[Segment] = []
    for item in dataset.SegmentSequence:
        own = planes.get(int(item.SegmentNumber))
        box = map_onto(volume, _stack(own, groups, volume)) if own else None
        if box is not None:
            found.append(Segment(is_lesion_segment(item), *box))
    return found


def _stack(planes: Sequence[SegmentPlane], groups: FrameGroups, volume: Volume) -> PlaneStack:
    orientation = finite(groups.find(0, "PlaneOrientationSequence").ImageOrientationPatient, 6)
    row_direction, column_direction = orientation[:3], orientation[3:]
    normal = np.cross(row_direction, column_direction)
    if abs(float(np.linalg.norm(normal)) - 1) > PERPENDICULAR:
        raise ValueError("directions that are not perpendicular unit vectors")
    measures = groups.find(0, "PixelMeasuresSequence")
    between_rows, between_columns = (float(each) for each in finite(measures.PixelSpacing, 2))
    if min(between_rows, between_columns) <= 0:
        raise ValueError("pixels without a size")
    ordered = sorted(planes, key=lambda each: float(each.position @ normal))
    positions = np.stack([each.position for each in ordered])
    if np.any(np.diff(positions @ normal) < SAME_PLACE_MM):
        raise ReferenceIgnored(UNSUPPORTED)
    top, left, masks = _joined(ordered)
    corner = top * between_rows * column_direction + left * between_columns * row_direction
    return PlaneStack(
        masks=masks,
        origins=positions + corner,
        row_direction=row_direction,
        column_direction=column_direction,
        pixel_spacing=(between_columns, between_rows),
        step=standing_for(positions @ normal, normal, volume, _declared_step(measures)),
    )


def _joined(planes: Sequence[SegmentPlane]) -> tuple[int, int, NDArray[np.bool_]]:
    """First row and column in use, and the masks of all planes from there."""
    box = cropped({k: (plane.row, plane.column, plane.mask) for k, plane in enumerate(planes)})
    if box is None:
        raise ValueError("planes without a pixel")
    (_, top, left), masks = box
    return top, left, masks


def _declared_step(measures: Dataset) -> float | None:
    for name in ("SpacingBetweenSlices", "SliceThickness"):
        value = float(measures.get(name) or 0)
        if np.isfinite(value) and value > 0:
            return value
    return None
