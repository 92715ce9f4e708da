"""RTSTRUCT: regions drawn as contours in the planes of the slices."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from analyzer.domain.volume import Volume
from analyzer.references.boxes import Box, cropped
from analyzer.references.even_odd import fill_even_odd
from analyzer.references.lesion_rule import is_lesion_structure
from analyzer.references.plane_stack import SAME_PLANE, nearest, standing_for
from analyzer.references.segment import NOT_PARALLEL, ReferenceIgnored, Segment

Floats = NDArray[np.float64]

CLOSED = {"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"}
FLAT = 0.5
"""A contour that leaves its plane by more than this share of a slice step is not in the plane of a slice."""


def read_structures(dataset: Dataset, volume: Volume) -> list[Segment]:
    """Fill each region of closed contours on the volume's slices; regions that do not meet it are left out.

    A region drawn across the slices is left out, too. Raises `ReferenceIgnored` when there is no other, and ValueError,
    AttributeError and the like where the dataset is malformed.
    """
    names = {int(each.ROINumber): str(each.get("ROIName", "")) for each in dataset.StructureSetROISequence}
    types = _interpreted_types(dataset)
    found: list[Segment] = []
    across = 0
    for region in dataset.ROIContourSequence:
        number = int(region.ReferencedROINumber)
        contours = list(_contours(region))
        if not _lie_in_slices(contours, volume):
            across += 1
            continue
        box = _fill(contours, volume)
        if box is not None:
            found.append(Segment(is_lesion_structure(types.get(number, ""), names.get(number, "")), *box))
    if across and not found:
        raise ReferenceIgnored(NOT_PARALLEL)
    return found


def _interpreted_types(dataset: Dataset) -> dict[int, str]:
    observations: Sequence[Dataset] = dataset.get("RTROIObservationsSequence") or []
    return {int(each.ReferencedROINumber): str(each.get("RTROIInterpretedType") or "") for each in observations}


def _contours(region: Dataset) -> Iterator[Floats]:
    """LPS mm (n, 3) of each closed contour; points, open lines and contours of fewer than 3 points enclose nothing."""
    for contour in region.get("ContourSequence") or []:
        if contour.ContourGeometricType not in CLOSED:
            continue
        points = np.array(contour.ContourData or [], dtype=np.float64).reshape(-1, 3)
        if not np.isfinite(points).all():
            raise ValueError("a contour point that is nowhere")
        if len(points) >= 3:
            yield points


def _lie_in_slices(contours: Sequence[Floats], volume: Volume) -> bool:
    thickest = FLAT * float(volume.slice_steps.min())
    return all(np.ptp(contour @ volume.normal) <= thickest for contour in contours)


def _fill(contours: Sequence[Floats], volume: Volume) -> Box | None:
    if not contours:
        return None
    means = np.array([float((contour @ volume.normal).mean()) for contour in contours])
    planes = _planes(means, SAME_PLANE * float(volume.slice_steps.min()))
    half = standing_for(planes, volume.normal, volume, None) * (0.5 + 1e-6)
    chosen = nearest(planes, volume.slice_positions)
    of_contour = nearest(planes, means)
    filled: dict[int, tuple[int, int, NDArray[np.bool_]]] = {}
    for k in np.flatnonzero(np.abs(planes[chosen] - volume.slice_positions) <= half).tolist():
        here = [each for each, plane in zip(contours, of_contour, strict=True) if plane == chosen[k]]
        filled[k] = (0, 0, fill_even_odd([_in_pixels(each, volume, k) for each in here], volume.voxels.shape[1:]))
    return cropped(filled)


def _planes(means: Floats, tolerance: float) -> Floats:
    """Positions of the planes that the contours lie in, ascending: those closer than the tolerance share one."""
    ordered = np.sort(means)
    starts = np.flatnonzero(np.diff(ordered, prepend=-np.inf) > tolerance)
    return np.array([each.mean() for each in np.split(ordered, starts[1:])])


def _in_pixels(contour: Floats, volume: Volume, k: int) -> Floats:
    """(n, 2) as (column, row) of slice k."""
    relative = contour - volume.origins[k]
    columns = relative @ volume.row_direction / volume.pixel_spacing[0]
    rows = relative @ volume.column_direction / volume.pixel_spacing[1]
    return np.stack([columns, rows], axis=1)
