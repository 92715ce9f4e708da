"""Reader of RTSTRUCT: regions of interest as closed contours in the planes of the slices."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from analyzer.domain.volume import Volume
from analyzer.references.boxes import Box, cropped
from analyzer.references.even_odd import fill_even_odd
from analyzer.references.lesion_rule import is_lesion_structure
from analyzer.references.plane_stack import SAME_PLANE, nearest, plane_thickness
from analyzer.references.segment import NOT_PARALLEL, ReferenceIgnored, Segment

Floats = NDArray[np.float64]

CLOSED = {"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"}
MAX_CONTOUR_DEPTH = 0.5
"""Maximum extent of a contour along the normal, as a share of the slice step."""


def read_structures(dataset: Dataset, volume: Volume) -> list[Segment]:
    """Fill the closed contours of each region on the slices of the volume; omit regions that do not intersect it.

    A region that is not parallel to the slices is omitted. Raises `ReferenceIgnored` when there is no other;
    ValueError, AttributeError and the like for a malformed dataset.
    """
    names = {int(roi.ROINumber): str(roi.get("ROIName", "")) for roi in dataset.StructureSetROISequence}
    types = _interpreted_types(dataset)
    segments: list[Segment] = []
    not_parallel = 0
    for region in dataset.ROIContourSequence:
        number = int(region.ReferencedROINumber)
        contours = list(_contours(region))
        if not _lie_in_slices(contours, volume):
            not_parallel += 1
            continue
        box = _fill(contours, volume)
        if box is not None:
            segments.append(Segment(is_lesion_structure(types.get(number, ""), names.get(number, "")), *box))
    if not_parallel and not segments:
        raise ReferenceIgnored(NOT_PARALLEL)
    return segments


def _interpreted_types(dataset: Dataset) -> dict[int, str]:
    observations: Sequence[Dataset] = dataset.get("RTROIObservationsSequence") or []
    return {int(item.ReferencedROINumber): str(item.get("RTROIInterpretedType") or "") for item in observations}


def _contours(region: Dataset) -> Iterator[Floats]:
    """LPS mm (n, 3) of each closed contour; points, open contours and contours of fewer than 3 points have no area."""
    for contour in region.get("ContourSequence") or []:
        if contour.ContourGeometricType not in CLOSED:
            continue
        points = np.array(contour.ContourData or [], dtype=np.float64).reshape(-1, 3)
        if not np.isfinite(points).all():
            raise ValueError("a contour point is not finite")
        if len(points) >= 3:
            yield points


def _lie_in_slices(contours: Sequence[Floats], volume: Volume) -> bool:
    max_depth = MAX_CONTOUR_DEPTH * float(volume.slice_steps.min())
    return all(np.ptp(contour @ volume.normal) <= max_depth for contour in contours)


def _fill(contours: Sequence[Floats], volume: Volume) -> Box | None:
    if not contours:
        return None
    means = np.array([float((contour @ volume.normal).mean()) for contour in contours])
    planes = _planes(means, SAME_PLANE * float(volume.slice_steps.min()))
    half = plane_thickness(planes, volume.normal, volume, None) * (0.5 + 1e-6)
    chosen = nearest(planes, volume.slice_positions)
    of_contour = nearest(planes, means)
    filled: dict[int, tuple[int, int, NDArray[np.bool_]]] = {}
    for k in np.flatnonzero(np.abs(planes[chosen] - volume.slice_positions) <= half).tolist():
        outlines = [
            _in_pixels(contour, volume, k)
            for contour, plane in zip(contours, of_contour, strict=True)
            if plane == chosen[k]
        ]
        filled[k] = (0, 0, fill_even_odd(outlines, volume.voxels.shape[1:]))
    return cropped(filled)


def _planes(means: Floats, tolerance: float) -> Floats:
    """Positions of the planes of the contours, ascending: contours closer than the tolerance share a plane."""
    ordered = np.sort(means)
    starts = np.flatnonzero(np.diff(ordered, prepend=-np.inf) > tolerance)
    return np.array([group.mean() for group in np.split(ordered, starts[1:])])


def _in_pixels(contour: Floats, volume: Volume, k: int) -> Floats:
    """(n, 2) as (column, row) of slice k."""
    relative = contour - volume.origins[k]
    columns = relative @ volume.row_direction / volume.pixel_spacing[0]
    rows = relative @ volume.column_direction / volume.pixel_spacing[1]
    return np.stack([columns, rows], axis=1)
